"""The requests whose cost is counted, each from what is asked for to the last consequence of its outcome.

They are played one after the other, by the real functions and the real definition, on a virtual clock.
"""

from __future__ import annotations

import io
import json
import logging
import math
import random
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from statistics import NormalDist
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from botocore.model import OperationModel

from bench.costs.meter import CALL_SECONDS, Counted, Meter
from greenroom.adapters import secrets
from greenroom.adapters.schedules_table import KEPT_IN_A_PART, PARTS
from greenroom.domain.values import Waiting
from greenroom.flow.schedule import Schedule
from greenroom.observability import logger
from greenroom.record.attribute_values import from_item, to_item
from local.simulator.gameliftstreams import service as gameliftstreams
from local.simulator.nimble import service as nimble
from simulation.deployment import AWS, Functions, caller, definition
from simulation.dynamodb import DynamoDb
from simulation.dynamodb.values import size
from simulation.followers import Follower
from simulation.machine import ARN as MACHINE_ARN
from simulation.machine import Execution, Machine, on_virtual_time
from simulation.policies import COMMON, LEARNING, RECORDS, SCHEDULES, TABLES
from simulation.process import chance, environment, functions
from simulation.scheduler import Scheduler
from simulation.service import SimulatedService
from simulation.wire import Answer, Called, answered

_ARN = "arn:aws:{}:us-west-2:111122223333:{}"
TASKS = ("AcceptRequest", "RejectRequest", "PrepareSession", "CreateStream", "GetStream", "RecordFailure")
OTHERS = ("Api", "Announce", "Learn", "Deliver", "Reconcile")
VARIABLES = {
    **COMMON,
    **AWS,
    "POWERTOOLS_METRICS_NAMESPACE": "Greenroom",
    "POWERTOOLS_SERVICE_NAME": "Greenroom",
    "SCHEDULES_TABLE": SCHEDULES,
    "PACES_TABLE": "paces",
    "TOPIC_ARN": _ARN.format("sns", "Greenroom"),
    "EVENT_BUS_NAME": "Greenroom",
    "STATE_MACHINE_ARN": _ARN.format("states", "stateMachine:Greenroom"),
    "DELIVERY_QUEUE_URL": "https://sqs.us-west-2.amazonaws.com/111122223333/delivery",
    "WEBHOOK_SECRET_ARN": _ARN.format("secretsmanager", "secret:WebhookSecret"),
    "WEBHOOK_SIGNING_KEY_ARN": _ARN.format("secretsmanager", "secret:WebhookSigningKey"),
    "TRUSTED_CALLBACK_HOSTS": "127.0.0.1",
    "RETENTION_DAYS": "92",
}
# What was learned before: as many streams as are kept, ready after so many seconds, log-normal.
READY_SECONDS, READY_SIGMA = 25.0, 0.4
DEADLINE_SECONDS = 900
CALLER = "arn:aws:sts::111122223333:assumed-role/RenderFarm/i-0a1b2c3d4e5f60718"
_OK, _BAD = SimpleNamespace(status_code=200, headers={}), SimpleNamespace(status_code=400)
_NO_SECRET = {"Error": {"Code": "ResourceNotFoundException", "Message": "There is none of that stage"}}
# 32 bytes in base64: a secret, and the seed of an ed25519 key.
_SECRET = {"SecretString": "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo"}
_TOPIC = {"type": "sns"}


@dataclass(frozen=True)
class Subject:
    """The service that is asked, and the `pool` whose streams are asked for: the fields that make it.

    `session`: the field by which the simulator knows a session. Ids are as long as the services' own.
    """

    provider: str
    make: Callable[[], Any]
    pool: Mapping[str, str]
    session: str

    @property
    def pool_name(self) -> str:
        return "/".join(self.pool.values())

    @property
    def pool_id(self) -> str:
        return f"{self.provider}/{self.pool_name}"

    @property
    def variables(self) -> Mapping[str, str]:
        """The environment of the functions of a deployment that serves it, and nothing else."""
        return {**VARIABLES, "PROVIDERS": self.provider}


NIMBLE = Subject("nimble", nimble.make, {"studioId": "us-west-2-lk3jdh4f9a7s2d"}, "sessionId")
GAMELIFT_STREAMS = Subject(
    "gameliftstreams",
    gameliftstreams.make,
    {"streamGroupId": "sg-1AB2C3De4", "applicationId": "a-9ZY8X7Wv6"},
    "streamGroupId",
)


class Stage:
    """A deployment in which one caller asks for streams of one pool, of which `schedule` was learned.

    Made within an environment and on virtual time: see `staged`. `webhook`: a URL that takes what is delivered.
    """

    def __init__(self, subject: Subject, scheduler: Scheduler, output: io.StringIO, webhook: str) -> None:
        self._subject = subject
        self._scheduler = scheduler
        self._webhook = webhook
        self._dynamodb = DynamoDb(TABLES, lambda: scheduler.elapsed)
        self._service = SimulatedService(subject.make())
        self._meter = Meter(output)
        self._executions: list[Execution] = []
        self._messages: list[Mapping[str, Any]] = []
        self._numbers = count()
        with answered(self._answers()):
            handlers = functions([*TASKS, *OTHERS], subject.variables)
            metered = {name: self._meter.handler(name, handler) for name, handler in handlers.items()}
            self._functions = Functions(metered, scheduler, 1000, random.Random(1))  # noqa: S311
            flow, call = json.loads(definition(subject.variables)), caller(self._functions.call)
            self._machine = Machine(flow, scheduler, call, random.Random(1))  # noqa: S311
        followers = [Follower(following, scheduler, self._functions.call) for following in LEARNING]
        self._dynamodb.on_change += [follower.changed for follower in followers]
        self.schedule = self._learned()
        # Afterwards the functions are warm.
        self.ready_at_look(2)
        self.with_webhook(2)

    def ready_at_once(self) -> Counted:
        return self._play(0, _TOPIC)

    def ready_at_look(self, number: int, target: Mapping[str, str] | None = None) -> Counted:
        """Ask for a stream that is ready just before the look of this number, from 1."""
        looks = (0, *self.schedule.looks)
        return self._play((looks[number - 1] + looks[number]) / 2, target or _TOPIC)

    def with_webhook(self, number: int) -> Counted:
        """The same, told to a webhook in the place of the topic."""
        return self.ready_at_look(number, {"type": "webhook", "url": self._webhook})

    def never_ready(self) -> Counted:
        return self._play(10 * DEADLINE_SECONDS, _TOPIC)

    def shown(self) -> Counted:
        """Ask once more for what is known of the last request."""
        self._show(self._executions[-1].name)
        return self._meter.reset()

    def _play(self, ready_after: float, target: Mapping[str, str]) -> Counted:
        """Count a request from the POST to the last of its consequences, one GET included."""
        fields = {self._subject.session: f"{next(self._numbers):020x}", **self._subject.pool}
        self._service.set_session(fields[self._subject.session], readyAfterSeconds=ready_after)
        body = {**fields, "notify": [target], "metadata": {"ticket": "A-17"}}
        answer = self._run("Api", _call("POST", "/streams", {**body, "deadlineSeconds": DEADLINE_SECONDS}))
        execution = self._executions[-1]
        if execution.error:
            self._run("Reconcile", _failed(execution, body))
        messages, self._messages = self._messages, []
        for message in messages:
            self._run("Deliver", _received(message))
        request = json.loads(answer["body"])["id"]
        self._show(request)
        counted = self._meter.reset()
        counted.execution = execution
        counted.record_bytes = size(self._dynamodb.item(RECORDS, request) or {})
        return counted

    def _show(self, request: str) -> None:
        self._run("Api", _call("GET", f"/streams/{request}"))

    def _run(self, function: str, event: Any) -> Any:
        """Call a function, and let everything happen that follows from it."""
        answers: list[Any] = []
        self._scheduler.spawn(lambda: answers.append(self._functions.call(function, event)))
        self._scheduler.run()
        (answer,) = answers
        return answer

    def _learned(self) -> Schedule:
        """Have the function Learn make the schedule."""
        # In no order: 157 and the number of what is kept have no common divisor.
        kept = PARTS * KEPT_IN_A_PART
        ranks = [((157 * number) % kept + 0.5) / kept for number in range(kept)]
        ready = [READY_SECONDS * math.exp(READY_SIGMA * NormalDist().inv_cdf(rank)) for rank in ranks]
        items = [_part(self._subject, part, ready[part::PARTS], int(self._scheduler.now)) for part in range(PARTS)]
        self._dynamodb.load(SCHEDULES, items)
        change = {"Keys": {"id": items[0]["id"]}, "SequenceNumber": "1", "NewImage": items[0]}
        self._run("Learn", {"Records": [{"eventName": "MODIFY", "eventSource": "aws:dynamodb", "dynamodb": change}]})
        self._meter.reset()
        made = self._dynamodb.item(SCHEDULES, self._subject.pool_id) or {}
        return Schedule.load(json.loads(from_item(made)[f"schedule{Waiting.STREAM.capitalize()}"]))

    def _answers(self) -> Mapping[str, Called]:
        services = {
            self._subject.provider: self._service.answer,
            "sfn": self._start,
            "sqs": self._queue,
            "secrets-manager": _read_secret,
            **dict.fromkeys(("sns", "eventbridge"), _take),
        }
        metered = {name: self._meter.service(name, self._waited(answer)) for name, answer in services.items()}
        return {**metered, "dynamodb": self._meter.dynamodb(self._dynamodb, self._waited(self._dynamodb.answer))}

    def _waited(self, answer: Called) -> Called:
        def call(model: OperationModel, params: Mapping[str, Any]) -> Answer:
            self._scheduler.sleep(CALL_SECONDS)
            return answer(model, params)

        return call

    def _start(self, _model: OperationModel, params: Mapping[str, Any]) -> Answer:
        asked = json.loads(params["body"])
        given = json.loads(asked["input"])
        self._scheduler.spawn(lambda: self._executions.append(self._machine.execute(asked["name"], given)), after=1)
        return _OK, {}

    def _queue(self, model: OperationModel, params: Mapping[str, Any]) -> Answer:
        if model.name == "SendMessage":
            self._messages.append(json.loads(params["body"]))
        return _OK, {}


@contextmanager
def staged(subject: Subject) -> Iterator[Stage]:
    """Give a deployment on which something was learned, and whose functions are warm."""
    scheduler, output = Scheduler(), io.StringIO()
    with (
        _receiving() as webhook,
        environment(subject.variables),
        chance("costs"),
        scheduler.running(),
        on_virtual_time(),
        _written_to(output),
        # Each delivery reads its keys, as the first one in ten seconds does.
        patch.object(secrets, "KEPT_SECONDS", 0),
    ):
        yield Stage(subject, scheduler, output, webhook)


def sweep() -> Counted:
    """Count one run of Sweep that finds nothing, after a few others."""
    meter = Meter(output := io.StringIO())
    nothing = meter.service("dynamodb", lambda _model, _params: (_OK, {"Items": []}))
    with environment(VARIABLES), answered({"dynamodb": nothing}), redirect_stdout(output):
        run = meter.handler("Sweep", functions(["Sweep"], VARIABLES)["Sweep"])
        for _ in range(5):
            meter.reset()
            run({})
    return meter.counted


def _take(_model: OperationModel, _params: Mapping[str, Any]) -> Answer:
    return _OK, {}


def _read_secret(_model: OperationModel, params: Mapping[str, Any]) -> Answer:
    current = json.loads(params["body"])["VersionStage"] == "AWSCURRENT"
    return (_OK, dict(_SECRET)) if current else (_BAD, dict(_NO_SECRET))


@contextmanager
def _written_to(output: io.StringIO) -> Iterator[None]:
    """Have the functions' logs and metrics written there, as Lambda has them."""
    handler, level = logger.registered_handler, logger.log_level
    if not isinstance(handler, logging.StreamHandler):
        raise TypeError("the logger of Powertools writes elsewhere now")
    stream = handler.setStream(output)
    logger.setLevel(logging.INFO)
    try:
        with redirect_stdout(output):
            yield
    finally:
        logger.setLevel(level)
        handler.setStream(stream)


class _Receiver(BaseHTTPRequestHandler):
    """Takes whatever comes."""

    def do_POST(self) -> None:  # the name that http.server calls
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def _receiving() -> Iterator[str]:
    """Give the URL of a receiver of webhooks on loopback, for as long as it is there."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Receiver) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/hook"
        finally:
            server.shutdown()


def _part(subject: Subject, number: int, ready: Sequence[float], now: int) -> dict[str, Any]:
    """Make one of the items that hold what was seen of the pool."""
    latest = [value for seconds in ready for value in (int(seconds) - 2, int(seconds) + 1, now)]
    of_pool = {"provider": subject.provider, "pool": subject.pool_name, "stale": True, "count": len(ready)}
    return to_item(
        {"id": f"seen/{number}/{subject.pool_id}", **of_pool, f"latest{Waiting.STREAM.capitalize()}": latest}
    )


def _call(method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Make the event of API Gateway's proxy integration."""
    nothing = ("multiValueHeaders", "queryStringParameters", "multiValueQueryStringParameters", "stageVariables")
    context = {"domainName": "a1b2c3d4e5.execute-api.us-west-2.amazonaws.com", "identity": {"userArn": CALLER}}
    return dict.fromkeys(nothing) | {
        "resource": path,
        "path": path,
        "httpMethod": method,
        "headers": {"Content-Type": "application/json"},
        "pathParameters": None,
        "requestContext": {"stage": "v1", "path": f"/v1{path}", **context},
        "body": json.dumps(body) if body else None,
        "isBase64Encoded": False,
    }


def _failed(execution: Execution, given: Mapping[str, Any]) -> dict[str, Any]:
    """Make EventBridge's event of an execution that failed."""
    name, machine = execution.name, f"{MACHINE_ARN}:stateMachine:Greenroom"
    detail = {
        "executionArn": f"{MACHINE_ARN}:execution:Greenroom:{name}",
        "stateMachineArn": machine,
        "name": name,
        "status": "FAILED",
        "input": json.dumps(given),
        "error": execution.error,
        "cause": execution.cause,
    }
    return {"source": "aws.states", "detail-type": "Step Functions Execution Status Change", "detail": detail}


def _received(message: Mapping[str, Any]) -> dict[str, Any]:
    """Make the event of one message that Lambda took from the queue."""
    record = {
        "messageId": "1",
        "receiptHandle": "1",
        "body": message["MessageBody"],
        "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "0"},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": _ARN.format("sqs", "delivery"),
    }
    return {"Records": [record]}
