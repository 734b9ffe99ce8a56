"""A deployment on virtual time: the real definition, the real functions, their tables and the streaming service.

`Functions` stands for Lambda, and `Portal` for one caller that asks for everybody.
"""

from __future__ import annotations

import io
import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import botocore.session
from botocore.exceptions import ClientError
from botocore.model import OperationModel
from greenlet import getcurrent  # type: ignore[import-untyped]
from pydantic.alias_generators import to_snake
from sfnx.testing import Call, Failure

from greenroom.adapters.paces_table import DynamoDbDoors, DynamoDbOrigins
from greenroom.adapters.records_table import DynamoDbRecords
from greenroom.adapters.schedules_table import DynamoDbSchedules
from greenroom.api.owners import Owners
from greenroom.domain.caller import Caller
from greenroom.domain.errors import RecordUnavailable
from greenroom.domain.values import utc_now
from greenroom.flow.acceptance import Acceptance, Defaults
from greenroom.flow.admission import Admission
from greenroom.flow.payloads import Submission
from greenroom.flow.schedules import Planner
from greenroom.request.identities import Identities
from greenroom.request.rules import Rules
from local.simulator.nimble.service import make
from simulation.aws.lambdas import THROTTLED
from simulation.dynamodb import DynamoDb, Table
from simulation.dynamodb.limits import Throughput
from simulation.followers import Follower, Following
from simulation.machine import Machine, on_virtual_time
from simulation.payloads import check_event, check_result, take
from simulation.policies import RECORDS, SCHEDULES
from simulation.process import Handler, chance, environment, functions
from simulation.scheduler import Scheduler
from simulation.service import SimulatedService
from simulation.wire import Answer, answered

DEFINITION = Path(__file__).parents[1] / "statemachine" / "stream.asl.json"
UPDATE_ITEM = "arn:aws:states:::dynamodb:updateItem"
# The part of a function's time that one call takes.
DYNAMODB_SECONDS = 0.005
SERVICE_SECONDS = 0.02
# Of a call of a function; and the part of it before the function's own work begins.
LATENCY_SECONDS = (0.03, 0.15)
_BEFORE = 0.4
_PORTAL = "arn:aws:sts::111122223333:assumed-role/Portal/i-0a1b2c3d4e5f60718"
# The API answers 429 with so much in `Retry-After`.
_RETRY_SECONDS = 1.0
AWS = {"AWS_ACCESS_KEY_ID": "virtual", "AWS_SECRET_ACCESS_KEY": "virtual", "AWS_DEFAULT_REGION": "us-west-2"}
_QUIET = {"POWERTOOLS_LOG_LEVEL": "CRITICAL", "POWERTOOLS_METRICS_NAMESPACE": "Greenroom"}
# Messages are taken, and nobody reads them.
_TAKEN = ("apigatewaymanagementapi", "eventbridge", "sns", "sqs")
_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")


@dataclass
class Invocation:
    """One call of a function. `service_calls`: those of the streaming service that it made."""

    state: str
    began: float
    service_calls: int = 0
    error: str | None = None


class Functions:
    """The functions of a deployment. `invocations`: in the order of their beginning; those throttled are only counted.

    A call's latency is even between the two bounds. The calls that a function makes take a part of it.
    """

    def __init__(
        self, handlers: Mapping[str, Handler], scheduler: Scheduler, concurrency: int, latencies: random.Random
    ) -> None:
        self._handlers = handlers
        self._scheduler = scheduler
        self._concurrency = concurrency
        self._latencies = latencies
        self._running: dict[object, Invocation] = {}
        self.refuses: Callable[[], str | None] = lambda: None
        """Is asked before each call for the error by which Lambda itself refuses it."""
        self.invocations: list[Invocation] = []
        self.throttled = 0

    @property
    def current(self) -> Invocation | None:
        """The invocation whose function is at work now, if there is one."""
        return self._running.get(getcurrent())

    def call(self, name: str, event: Any) -> Any:
        """Call a function in the process that calls. Raises Failure."""
        check_event(event)
        if error := self.refuses():
            raise Failure(error, "Lambda refuses the call")
        if len(self._running) >= self._concurrency:
            self.throttled += 1
            raise Failure(THROTTLED, "Rate Exceeded.")
        invocation = Invocation(name, self._scheduler.elapsed)
        self.invocations.append(invocation)
        self._running[getcurrent()] = invocation
        latency = self._latencies.uniform(*LATENCY_SECONDS)
        try:
            self._scheduler.sleep(latency * _BEFORE)
            result = self._handlers[name](event)
            check_result(result)
        except Failure as failure:
            invocation.error = failure.error
            raise
        else:
            return result
        finally:
            self._scheduler.sleep(invocation.began + latency - self._scheduler.elapsed)
            del self._running[getcurrent()]


class Portal:
    """One caller that asks for everybody. Its requests are put on record before their executions start.

    As `POST streams` does it, by the same code; the door itself, with its own limits, is not played.
    `client`: of DynamoDB. `refused`: how often a record could not be kept, and was tried again.
    """

    def __init__(self, client: Any, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._acceptance = Acceptance(
            records=DynamoDbRecords(client, RECORDS, timedelta(days=7)),
            admission=Admission(Identities(), DynamoDbOrigins(client, "paces"), Owners()),
            planner=Planner(DynamoDbSchedules(client, SCHEDULES), 0.5, lambda: None),
            defaults=Defaults(900, Rules(("nimble",))),
            doors=DynamoDbDoors(client, "paces", utc_now),
            clock=utc_now,
        )
        self.refused = 0

    def ask(self, request_id: str, body: Mapping[str, Any]) -> None:
        """Put a request on record."""
        while True:
            try:
                self._acceptance.accept(Submission(request_id, dict(body)), caller=Caller(_PORTAL), owner=_PORTAL)
            except RecordUnavailable:
                self.refused += 1
                self._scheduler.sleep(_RETRY_SECONDS)
            else:
                return


@dataclass(frozen=True)
class Deployment:
    """`machine` runs executions, in processes of `scheduler`. `metrics`: how often each was counted."""

    scheduler: Scheduler
    machine: Machine
    functions: Functions
    dynamodb: DynamoDb
    service: SimulatedService
    metrics: Counter[str]
    throughput: Throughput | None
    portal: Portal
    followers: Sequence[Follower]

    @property
    def discarded(self) -> Mapping[str, int]:
        """How many changes of tables were given up, by the function that followed them."""
        return {follower.function: follower.discarded for follower in self.followers if follower.discarded}


@contextmanager
def deployed(
    variables: Mapping[str, str],
    tables: Iterable[Table],
    *,
    concurrency: int,
    seed: int,
    followings: Sequence[Following] = (),
    has_partitions: bool = False,
) -> Iterator[Deployment]:
    """Deploy, on a clock that is virtual until the block ends.

    `has_partitions`: the tables are new ones, which take no more in a second than AWS promises.
    """
    scheduler, service = Scheduler(), SimulatedService(make())
    throughput = Throughput(lambda: scheduler.elapsed) if has_partitions else None
    dynamodb = DynamoDb(tables, lambda: scheduler.elapsed, throughput)
    latencies, jitter = random.Random(f"latencies {seed}"), random.Random(f"jitter {seed}")  # noqa: S311
    text = definition(variables)

    def call_dynamodb(model: OperationModel, params: Mapping[str, Any]) -> Answer:
        scheduler.sleep(DYNAMODB_SECONDS)
        return dynamodb.answer(model, params)

    def call_service(model: OperationModel, params: Mapping[str, Any]) -> Answer:
        if invocation := lambdas.current:
            invocation.service_calls += 1
        scheduler.sleep(SERVICE_SECONDS)
        return service.answer(model, params)

    everything = {**AWS, **_QUIET, **variables}
    by_chance = chance(f"functions {seed}")
    with environment(everything), by_chance, scheduler.running(), on_virtual_time(), _counted() as metrics:
        with answered({"dynamodb": call_dynamodb, "nimble": call_service, **dict.fromkeys(_TAKEN, take)}):
            names = [*_functions_in(text), *(following.function for following in followings)]
            lambdas = Functions(functions(names, everything), scheduler, concurrency, latencies)
            call = caller(lambdas.call)
            portal = Portal(botocore.session.get_session().create_client("dynamodb"), scheduler)

        followers = [Follower(following, scheduler, lambdas.call) for following in followings]
        dynamodb.on_change += [follower.changed for follower in followers]
        machine = Machine(json.loads(text), scheduler, call, jitter)
        yield Deployment(scheduler, machine, lambdas, dynamodb, service, metrics, throughput, portal, followers)


class _Metrics(io.StringIO):
    """The standard output of functions: a metric is a line of JSON there."""

    def __init__(self) -> None:
        super().__init__()
        self.counted: Counter[str] = Counter()

    def write(self, text: str) -> int:
        if text.startswith('{"_aws"'):
            (directive,) = json.loads(text)["_aws"]["CloudWatchMetrics"]
            self.counted.update(metric["Name"] for metric in directive["Metrics"])
        return len(text)


@contextmanager
def _counted() -> Iterator[Counter[str]]:
    with redirect_stdout(_Metrics()) as metrics:
        yield metrics.counted


def update_item(client: Any, arguments: Any) -> Any:
    """Step Functions' own UpdateItem. Its errors are named `DynamoDB.{code}`, `Exception` at the end of each."""
    try:
        answer = client.update_item(**arguments)
    except ClientError as error:
        name = error.response["Error"]["Code"].removesuffix("Exception")
        raise Failure(f"DynamoDB.{name}Exception", error.response["Error"]["Message"]) from error
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def definition(variables: Mapping[str, str]) -> str:
    """The definition with the tables that it names itself: `${Records}` is what the functions have as RECORDS_TABLE."""
    text = DEFINITION.read_text(encoding="utf-8")
    return _PLACEHOLDER.sub(lambda found: variables.get(f"{to_snake(found[1]).upper()}_TABLE", found[0]), text)


def caller(call: Callable[[str, Any], Any]) -> Callable[[Call], Any]:
    """Do what a Task asks for: an UpdateItem of Step Functions' own, or the call of a function.

    Made within `answered`, since it has a client.
    """
    client = botocore.session.get_session().create_client("dynamodb")

    def do(task: Call) -> Any:
        if task.resource == UPDATE_ITEM:
            return update_item(client, task.arguments)
        return call(_function_of(task.resource), task.arguments)

    return do


def _functions_in(text: str) -> list[str]:
    """The functions are the placeholders that are left: `"Resource": "${GetStream}"`."""
    return sorted(set(re.findall(r'"Resource":\s*"\$\{(\w+)\}"', text)))


def _function_of(resource: str) -> str:
    found = _PLACEHOLDER.fullmatch(resource)
    if found is None:
        raise ValueError(f"nobody does {resource} here")
    return found[1]
