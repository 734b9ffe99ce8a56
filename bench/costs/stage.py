"""One request after the other, through the real functions and the real definition, with everything counted."""

from __future__ import annotations

import io
import json
import logging
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from types import SimpleNamespace
from typing import Any

from botocore.model import OperationModel

from bench.costs.meter import Counted, Meter
from greenroom.adapters import secrets
from greenroom.observability import logger
from local.simulator.nimble.service import make
from simulation.deployment import AWS, caller, definition
from simulation.dynamodb import DynamoDb
from simulation.followers import Follower
from simulation.functions import Functions
from simulation.machine import Execution, Machine, on_virtual_time
from simulation.policies import COMMON, LEARNING, SCHEDULES, TABLES
from simulation.process import chance, environment, functions
from simulation.scheduler import Scheduler
from simulation.service import SimulatedService
from simulation.wire import Answer, Called, answered

ARN = "arn:aws:{}:us-west-2:111122223333:{}"
TASKS = ("AcceptRequest", "RejectRequest", "PrepareSession", "CreateStream", "GetStream", "RecordFailure")
OTHERS = ("Api", "Announce", "Learn", "Deliver", "Reconcile")
# What a function waits for each of its calls: an assumption, for what a call costs on top of a function's own CPU.
CALL_SECONDS = 0.01
VARIABLES = {
    **COMMON,
    **AWS,
    "POWERTOOLS_METRICS_NAMESPACE": "Greenroom",
    "POWERTOOLS_SERVICE_NAME": "Greenroom",
    "SCHEDULES_TABLE": SCHEDULES,
    "PACES_TABLE": "paces",
    "TOPIC_ARN": ARN.format("sns", "Greenroom"),
    "EVENT_BUS_NAME": "Greenroom",
    "STATE_MACHINE_ARN": ARN.format("states", "stateMachine:Greenroom"),
    "DELIVERY_QUEUE_URL": "https://sqs.us-west-2.amazonaws.com/111122223333/delivery",
    "WEBHOOK_SECRET_ARN": ARN.format("secretsmanager", "secret:WebhookSecret"),
    "WEBHOOK_SIGNING_KEY_ARN": ARN.format("secretsmanager", "secret:WebhookSigningKey"),
    "TRUSTED_CALLBACK_HOSTS": "127.0.0.1",
    "RETENTION_DAYS": "92",
}
_OK, _BAD = SimpleNamespace(status_code=200), SimpleNamespace(status_code=400)
_NO_SECRET = {"Error": {"Code": "ResourceNotFoundException", "Message": "There is none of that stage"}}
# 32 bytes in base64: a secret, and the seed of an ed25519 key.
_SECRET = {"SecretString": "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo"}


class Stage:
    """A deployment in which nothing happens but what is asked for here. `dynamodb`: what it keeps."""

    def __init__(self, scheduler: Scheduler) -> None:
        self.scheduler = scheduler
        self.dynamodb = DynamoDb(TABLES, lambda: scheduler.elapsed)
        self.service = SimulatedService(make())
        self.output = io.StringIO()
        self.meter = Meter(self.output)
        self.executions: list[Execution] = []
        self._messages: list[Mapping[str, Any]] = []
        self._machine: Machine
        self._functions: Functions

    def connect(self) -> None:
        """Make the functions and the state machine, within `answered` and virtual time."""
        handlers = functions([*TASKS, *OTHERS], VARIABLES)
        metered = {name: self.meter.handler(name, handler) for name, handler in handlers.items()}
        self._functions = Functions(metered, self.scheduler, 1000, random.Random(1))  # noqa: S311
        flow = json.loads(definition(VARIABLES))
        self._machine = Machine(flow, self.scheduler, caller(self.call), random.Random(1))  # noqa: S311
        self.dynamodb.on_change += [Follower(each, self.scheduler, self.call).changed for each in LEARNING]

    def answers(self) -> Mapping[str, Called]:
        meter = self.meter
        taken = {name: meter.service(name, self._waited(_take)) for name in ("sns", "eventbridge")}
        return {
            **taken,
            "dynamodb": meter.dynamodb(self.dynamodb, self._waited(self.dynamodb.answer)),
            "nimble": meter.service("nimble", self._waited(self.service.answer)),
            "sfn": meter.service("sfn", self._waited(self._start)),
            "sqs": meter.service("sqs", self._waited(self._queue)),
            "secrets-manager": meter.service("secrets-manager", self._waited(_read_secret)),
        }

    def call(self, function: str, event: Any) -> Any:
        return self._functions.call(function, event)

    def run(self, function: str, event: Any) -> Any:
        """Call a function, and let everything happen that follows from it."""
        answers: list[Any] = []
        self.scheduler.spawn(lambda: answers.append(self.call(function, event)))
        self.scheduler.run()
        (answer,) = answers
        return answer

    def counted(self) -> Counted:
        """Return all that was counted since the last time."""
        return self.meter.reset()

    def messages(self) -> list[Mapping[str, Any]]:
        """Take what is in the delivery queue."""
        messages, self._messages = self._messages, []
        return messages

    def _waited(self, answer: Called) -> Called:
        def call(model: OperationModel, params: Mapping[str, Any]) -> Answer:
            self.scheduler.sleep(CALL_SECONDS)
            return answer(model, params)

        return call

    def _start(self, _model: OperationModel, params: Mapping[str, Any]) -> Answer:
        asked = json.loads(params["body"])
        given = json.loads(asked["input"])
        self.scheduler.spawn(lambda: self.executions.append(self._machine.execute(asked["name"], given)), after=1)
        return _OK, {}

    def _queue(self, model: OperationModel, params: Mapping[str, Any]) -> Answer:
        if model.name == "SendMessage":
            self._messages.append(json.loads(params["body"]))
        return _OK, {}


def _take(_model: OperationModel, _params: Mapping[str, Any]) -> Answer:
    return _OK, {}


def _read_secret(_model: OperationModel, params: Mapping[str, Any]) -> Answer:
    current = json.loads(params["body"])["VersionStage"] == "AWSCURRENT"
    return (_OK, dict(_SECRET)) if current else (_BAD, dict(_NO_SECRET))


@contextmanager
def staged() -> Iterator[Stage]:
    scheduler = Scheduler()
    stage = Stage(scheduler)
    secrets.KEPT_SECONDS = 0  # each delivery reads its keys, as the first one in ten seconds does
    with environment(VARIABLES), chance("costs"), scheduler.running(), on_virtual_time(), _written_to(stage.output):
        with answered(stage.answers()):
            stage.connect()
        yield stage


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
