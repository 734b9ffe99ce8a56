"""A deployment made from the synthesised template, on virtual time: its functions, machines, tables, queues and rules.

`Code` is made once in a process; a `World` is one deployment of it, with the weather of one run.
"""

from __future__ import annotations

import json
import os
import random
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, redirect_stdout
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit
from zlib import crc32

import botocore.session
from sfnx import testing
from sfnx.testing import Call

from greenroom import exchange
from greenroom.observability import logger
from greenroom.record.attribute_values import from_item
from local.simulator.appstream.service import make as make_appstream
from local.simulator.core.clock import Clock
from local.simulator.dcv.service import make as make_dcv
from local.simulator.dcv.tokens import CLIENT_ID, CLIENT_SECRET
from local.simulator.gameliftstreams.service import make as make_gameliftstreams
from local.simulator.nimble.service import make as make_nimble
from simulation import network as networks
from simulation import threads as virtual_threads
from simulation.aws.api_gateway import RestApi
from simulation.aws.eventbridge import DEFAULT_BUS, EventBridge, Rule, seconds_of
from simulation.aws.lambdas import CONCURRENCY, Function, Lambdas
from simulation.aws.others import Connections, Secrets, Sent, Topic, Web
from simulation.aws.queues import Consumer, Queue, Queues
from simulation.aws.states import StateMachines
from simulation.deployment import UPDATE_ITEM, update_item
from simulation.dynamodb import DynamoDb, DynamoDbError
from simulation.dynamodb.limits import Throughput
from simulation.dynamodb.tables import Table
from simulation.dynamodb.values import Item
from simulation.followers import Follower, Following
from simulation.machine import on_virtual_time
from simulation.network import AFTER, BEFORE, Network, Request, Response, ServiceError, answered, failed
from simulation.process import Handler, environment, functions
from simulation.scheduler import Scheduler
from simulation.service import SimulatedService
from simulation.template import Template
from simulation.threads import Threads
from simulation.weather import Weather

_AWS = {"AWS_ACCESS_KEY_ID": "virtual", "AWS_SECRET_ACCESS_KEY": "virtual", "AWS_DEFAULT_REGION": "us-west-2"}
RECORDS, URLS = "StorageRecords", "StorageStreamUrls"
"""The tables of requests and of stream URLs, as the template names them here."""
_ADDRESS = "93.184.216.34"
_SECRET = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo"  # noqa: S105  # of nothing
# The faults at calls of AWS, and of what is called by urllib3. What a service of AWS never does is not among them.
_FAULTS = tuple(sorted(BEFORE | AFTER))
_FAULTS_OF_AWS = tuple(sorted((BEFORE | AFTER) - {"huge", "trickled"}))


@dataclass(frozen=True)
class LockedUrl:
    """A URL that was locked away for a request. `is_wanted`: the request, or its renewal, had not ended yet."""

    request_id: str
    url: str = field(repr=False)
    is_wanted: bool


_FAULTS_OF_STATES = tuple(kind for kind in _FAULTS_OF_AWS if not kind.startswith("dies"))


class _Output:
    """The standard output of all functions: logs, and metrics as lines of them."""

    def __init__(self) -> None:
        self.text: list[str] = []

    def write(self, text: str) -> int:
        self.text.append(text)
        return len(text)

    def flush(self) -> None:
        pass

    def metrics(self) -> Iterator[Mapping[str, Any]]:
        for line in "".join(self.text).splitlines():
            if line.startswith('{"_aws"'):
                yield json.loads(line)


@dataclass
class Code:
    """What a process has once: the template, and the code of its functions, connected to whatever world is present.

    `deployments`: the functions by name, once for each way to be set.
    """

    template: Template
    definitions: Mapping[str, Mapping[str, Any]]
    services: Mapping[str, SimulatedService]
    deployments: Sequence[Mapping[str, Handler]] = ()
    tasks: Callable[[Call], Any] = lambda _: None
    renew: Callable[[], None] = lambda: None
    """Imports the functions anew: they remember nothing of the worlds before."""
    present: list[World] = field(default_factory=list)

    @property
    def world(self) -> World:
        return self.present[-1]

    @property
    def now(self) -> datetime:
        """The true time, whatever the clock of the present function says."""
        return datetime.fromtimestamp(self.world.scheduler.now if self.present else 0, UTC)


@contextmanager
def loaded(resources: Mapping[str, Mapping[str, Any]], changes: Sequence[Mapping[str, str]] = ({},)) -> Iterator[Code]:
    """Import the functions of a template, once for each of `changes` of their variables."""
    template = Template(resources)
    definitions = {arn: json.loads(text) for arn, text in _definitions(template)}
    for definition in definitions.values():
        testing.check(definition)
    code = Code(template, definitions, _services(lambda: code.now))

    def monotonic() -> float:
        return code.world.scheduler.elapsed if code.present else 0.0

    pool = virtual_threads.Pool(lambda: code.world.threads)
    with ExitStack() as stack:
        stack.enter_context(networks.connected(lambda: code.world.network))
        # Before the modules that take them as they are imported.
        stack.enter_context(patch.object(time, "monotonic", monotonic))
        stack.enter_context(patch("concurrent.futures.ThreadPoolExecutor", pool))
        stack.enter_context(patch.object(socket, "getaddrinfo", _resolve))
        variables = _variables(template)
        stack.enter_context(environment(variables))
        names = _functions_in(template)

        def import_all() -> None:
            code.deployments = [functions(names, {**variables, **change}) for change in changes]

        code.renew = import_all
        import_all()
        client = botocore.session.get_session().create_client("dynamodb")
        code.tasks = lambda task: _do(code.world, client, task)
        yield code


def _resolve(*_: Any, **__: Any) -> list[Any]:
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (_ADDRESS, 443))]


def _functions_in(template: Template) -> list[str]:
    return [template.ref(each.logical_id) for each in template.of("AWS::Lambda::Function") if _is_ours(each.properties)]


def _is_ours(properties: Mapping[str, Any]) -> bool:
    return str(properties["Handler"]).startswith("greenroom.")


def _variables(template: Template) -> dict[str, str]:
    """The variables of all functions. They are one process here, and no two functions differ in one."""
    found: dict[str, str] = dict(_AWS)
    for each in template.of("AWS::Lambda::Function"):
        if _is_ours(each.properties):
            for name, value in each.properties["Environment"]["Variables"].items():
                if found.setdefault(name, value) != value:
                    raise ValueError(f"{each.name} has another {name} than the functions before it")
    return found


def _do(world: World, client: Any, task: Call) -> Any:
    if task.resource == UPDATE_ITEM:
        # What is under way takes effect, though its execution be stopped meanwhile.
        return world.threads.one(lambda: update_item(client, task.arguments))
    return world.lambdas.call(str(task.resource).rpartition(":")[2], task.arguments)


class World:
    """One deployment. `sent`: all messages that were taken, by anybody; `history`: every change of the records."""

    def __init__(
        self, code: Code, weather: Weather, skews: Mapping[str, float] | None = None, deployment: int = 0
    ) -> None:
        self.template, self.weather = code.template, weather
        self.code = code
        self.scheduler = Scheduler()
        weather.clock = lambda: self.scheduler.elapsed
        self.sent: list[Sent] = []
        self.history: list[tuple[float, Item, Item]] = []
        self.urls: list[LockedUrl] = []
        self.output = _Output()
        self.lambdas = self._lambdas(code.deployments[deployment], skews or {})
        self.api = RestApi(code.template, self.lambdas, self.scheduler)
        self.threads = Threads(self.scheduler, self.lambdas.begin)
        self.machines = StateMachines(code.definitions, self.scheduler, weather, code.tasks, self._ended)
        self.throughput = Throughput(lambda: self.scheduler.elapsed)
        self.dynamodb = DynamoDb(_tables(code.template), lambda: self.scheduler.elapsed, self.throughput)
        self.dynamodb.on_change.append(self._changed)
        self.dynamodb.lag = self._lag
        self.dynamodb.leaves = lambda table, _key: bool(weather.fault(f"batch of {table}", ("left",)))
        self.queues = self._queues()
        self.bus = EventBridge(self.scheduler, weather)
        self.connections = Connections(self._taken)
        self.services = code.services
        for service in self.services.values():
            service.forget()
        self.web = Web(self._taken, {"broker.example": self.services["dcv"]})
        self.network = Network(
            self.scheduler,
            self._servers(),
            fault=self._fault,
            latency=lambda request: weather.between(f"latency of {request.service}", 0.003, 0.02),
            is_dead=self.lambdas.is_dead,
        )
        self._follow()
        self._wire()

    # What actors do, and see.

    def connect(self, caller: str, connection: str) -> bool:
        """Open a WebSocket connection, as API Gateway does."""
        context = {"eventType": "CONNECT", "connectionId": connection, "identity": {"userArn": caller}}
        try:
            answer = self.lambdas.call("Websocket", {"requestContext": context, "headers": {}})
        except Exception:  # noqa: BLE001  # the client sees a refused connection
            return False
        if answer["statusCode"] == 200:
            self.connections.open.add(connection)
            return True
        return False

    def start(self, machine: str, name: str, given: Any) -> str:
        """Start an execution as a person does. Returns its name, whether it was started before or not."""
        self.machines.begin(self._machine(machine), name, json.dumps(given))
        return name

    def stop(self, machine: str, name: str) -> bool:
        """Stop an execution as a person does. False if there is none that runs."""
        arn = f"{self._machine(machine).replace(':stateMachine:', ':execution:')}:{name}"
        run = self.machines.runs.get(arn)
        if run is None or run.is_over:
            return False
        self.machines.stop(arn, "Stopped", "by an operator")
        return True

    def _machine(self, name: str) -> str:
        return self.template.ref(self.template.one("AWS::StepFunctions::StateMachine", name).logical_id)

    def deploy_again(self) -> None:
        """Replace the code of all functions. Calls at work end as they began."""
        present = self.code.deployments.index(self.lambdas.handlers)
        self.lambdas.handlers = self.code.deployments[(present + 1) % len(self.code.deployments)]

    def batch(self, batch_id: str) -> Mapping[str, Any]:
        """Return a batch as it is kept, in plain values; empty if there is none."""
        found = self.dynamodb.item("StorageBatches", batch_id)
        return from_item(found) if found else {}

    def records(self) -> list[Item]:
        return self.dynamodb.items(RECORDS)

    def is_quiet(self) -> bool:
        """Whether nothing is left to do: no execution runs, nothing is open, nothing waits for a function."""
        return (
            all(run.is_over for run in self.machines.runs.values())
            and not self.lambdas.waiting
            and not self._is_anything_open()
            and not any(queue.messages for queue in self.queues.all() if queue.is_fed)
        )

    def _is_anything_open(self) -> bool:
        tables = (RECORDS, "StorageBatches")
        return any("open" in item for table in tables for item in self.dynamodb.items(table))

    @contextmanager
    def running(self) -> Iterator[None]:
        """Be the world that is present, until the block ends."""
        chance = random.Random(self.weather.seed)  # noqa: S311
        threading = type("threading", (), {"Thread": self.threads.thread, "Lock": virtual_threads.Lock})
        handler = logger.registered_handler
        with (
            self.scheduler.running(),
            on_virtual_time(),
            patch.object(exchange, "threading", threading),
            patch.object(exchange, "Future", virtual_threads.Futures(self.threads)),
            patch.object(exchange, "_here", virtual_threads.Local()),
            patch.object(os, "urandom", chance.randbytes),
            patch.object(random, "_urandom", chance.randbytes),
            redirect_stdout(self.output),
        ):
            random.seed(self.weather.seed)
            stream = handler.setStream(self.output)  # type: ignore[attr-defined]
            self.code.present.append(self)
            try:
                yield
            finally:
                self.code.present.pop()
                handler.setStream(stream)  # type: ignore[attr-defined]

    # How it is made from the template.

    def _lambdas(self, handlers: Mapping[str, Handler], skews: Mapping[str, float]) -> Lambdas:
        made = {}
        for each in self.template.of("AWS::Lambda::Function"):
            if _is_ours(each.properties):
                name = self.template.ref(each.logical_id)
                made[name] = Function(name, float(each.properties["Timeout"]), skews.get(name, 0.0))
        lambdas = Lambdas(made, handlers, self.scheduler, self.weather)
        lambdas.on_dropped = self._dropped
        return lambdas

    def _dropped(self, function: str, event: Any) -> None:
        """An asynchronous call that failed goes to the destination of its function."""
        for each in self.template.of("AWS::Lambda::EventInvokeConfig"):
            if each.properties["FunctionName"] == function:
                destination = each.properties["DestinationConfig"]["OnFailure"]["Destination"]
                self.queues.by_arn(destination).put(json.dumps({"requestPayload": event}))

    def _queues(self) -> Queues:
        by_url, by_arn = {}, {}
        for each in self.template.of("AWS::SQS::Queue"):
            queue = Queue(each.name, each.properties, self.scheduler, self.weather)
            by_url[self.template.ref(each.logical_id)] = queue
            by_arn[self.template.resolved({"Fn::GetAtt": [each.logical_id, "Arn"]})] = queue
        return Queues(by_url, by_arn)

    def _servers(self) -> dict[str, Callable[[Request], Response]]:
        secrets = dict.fromkeys(_secret_arns(self.template), _SECRET)
        dcv = next((each for each in secrets if "Dcv" in each), "")
        secrets[dcv] = json.dumps({"clientId": CLIENT_ID, "clientSecret": CLIENT_SECRET})
        return {
            "dynamodb": self._dynamodb,
            "sqs": self.queues.answer,
            "sns": Topic(self._taken).answer,
            "eventbridge": self.bus.answer,
            "sfn": self.machines.answer,
            "secrets-manager": Secrets(secrets).answer,
            "apigatewaymanagementapi": self.connections.answer,
            "https": self.web.answer,
            **{name: self.services[name] for name in ("nimble", "appstream", "gameliftstreams")},
        }

    def _dynamodb(self, request: Request) -> Response:
        try:
            answer = answered(self.dynamodb.perform(request.operation, request.json()))
        except DynamoDbError as error:
            answer = failed(ServiceError(error.code, error.message, error.status, **error.members))
        # By it, clients find what was garbled on its way.
        return replace(answer, headers={**answer.headers, "x-amz-crc32": str(crc32(answer.body))})

    def _fault(self, request: Request) -> str | None:
        caller = self.lambdas.current or "Step Functions"
        site = f"{request.service}.{request.operation} by {caller}"
        if request.service == "https":
            site = f"https {urlsplit(request.url).hostname} {request.operation} by {caller}"
        is_ours = request.service in {"https", "nimble", "appstream", "gameliftstreams"}
        kinds = _FAULTS if is_ours else _FAULTS_OF_AWS
        return self.weather.fault(site, kinds if self.lambdas.current else _FAULTS_OF_STATES)

    def _lag(self) -> float:
        """An index shows a change a moment later, and now and then some seconds."""
        most = 20.0 if self.weather.fault("index", ("lags",)) else 0.5
        return self.weather.between("an index lags", 0, most)

    def _follow(self) -> None:
        """Have the functions follow the streams of the tables, and the queues, as their mappings say."""
        tables = {
            _stream(self.template, each.logical_id): each.name for each in self.template.of("AWS::DynamoDB::Table")
        }
        for each in self.template.of("AWS::Lambda::EventSourceMapping"):
            mapping = each.properties
            function = mapping["FunctionName"]
            if mapping["EventSourceArn"] in tables:
                following = Following.of(function, tables[mapping["EventSourceArn"]], mapping)
                follower = Follower(following, self.scheduler, self.lambdas.call, self.weather)
                self.dynamodb.on_change.append(follower.changed)
            else:
                queue = self.queues.by_arn(mapping["EventSourceArn"])
                most = mapping.get("ScalingConfig", {}).get("MaximumConcurrency", CONCURRENCY)
                queue.feed(Consumer(function, int(mapping["BatchSize"]), int(most)), self.lambdas.call)

    def _wire(self) -> None:
        """Have the rules hand events over, and call the functions of schedules while there is anything to sweep."""
        for each in self.template.of("AWS::Events::Rule"):
            rule = each.properties
            targets = tuple(self._target(target["Arn"]) for target in rule["Targets"])
            if "ScheduleExpression" in rule:
                self.scheduler.spawn(
                    lambda rule=rule, targets=targets: self._repeat(rule, targets),  # type: ignore[misc]
                    self.weather.between(f"schedule {each.name}", 1, 299),
                )
                continue
            bus = rule.get("EventBusName", DEFAULT_BUS)
            may_lose = rule["EventPattern"].get("source") == ["aws.states"]
            self.bus.add(Rule(each.name, bus, rule["EventPattern"], targets, may_lose))

    def _target(self, arn: str) -> Callable[[Mapping[str, Any]], None]:
        if ":sqs:" in arn:
            queue = self.queues.by_arn(arn)

            def put(event: Mapping[str, Any]) -> None:
                queue.put(json.dumps(event))

            return put
        return lambda event: self.lambdas.call_later(arn.rpartition(":")[2], event)

    def _repeat(self, rule: Mapping[str, Any], targets: Sequence[Callable[[Mapping[str, Any]], None]]) -> None:
        """A sweep of nothing has no effect, so it is left out."""
        while True:
            if self._is_anything_open():
                for target in targets:
                    target({"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}})
            self.scheduler.sleep(seconds_of(rule["ScheduleExpression"]))

    # What is seen of it.

    def _ended(self, detail: Mapping[str, Any]) -> None:
        self.bus.put("aws.states", "Step Functions Execution Status Change", detail)

    def _taken(self, to: str, message_id: str, body: Mapping[str, Any]) -> None:
        self.sent.append(Sent(to, message_id, body, self.scheduler.elapsed))

    def _changed(self, table: str, old: Item | None, new: Item | None) -> None:
        if table == RECORDS:
            self.history.append((self.scheduler.elapsed, old or {}, new or {}))
        if table == URLS and new and (not old or old["url"] != new["url"]):
            record = from_item(self.dynamodb.item(RECORDS, new["id"]["S"]) or {})
            is_wanted = record.get("state") == "pending" or record.get("renewal") == "asked"
            self.urls.append(LockedUrl(new["id"]["S"], new["url"]["S"], is_wanted))


def _services(clock: Clock) -> dict[str, SimulatedService]:
    made = {
        "nimble": make_nimble(),
        "appstream": make_appstream(),
        "gameliftstreams": make_gameliftstreams(),
        "dcv": make_dcv(),
    }
    return {name: SimulatedService(service, clock) for name, service in made.items()}


def _definitions(template: Template) -> Iterator[tuple[str, str]]:
    for each in template.of("AWS::StepFunctions::StateMachine"):
        text = each.properties["DefinitionString"]
        for name, value in each.properties["DefinitionSubstitutions"].items():
            text = text.replace(f"${{{name}}}", value)
        yield template.ref(each.logical_id), text


def _tables(template: Template) -> list[Table]:
    return [Table.of(each.name, each.properties) for each in template.of("AWS::DynamoDB::Table")]


def _stream(template: Template, logical_id: str) -> str:
    found: str = template.resolved({"Fn::GetAtt": [logical_id, "StreamArn"]})
    return found


def _secret_arns(template: Template) -> list[str]:
    return [template.ref(each.logical_id) for each in template.of("AWS::SecretsManager::Secret")]
