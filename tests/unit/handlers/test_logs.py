"""The logs of a function never have its event, whatever variables of Powertools and Lambda an operator sets."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from typing import Any

import pytest

from greenroom.environment import variables
from greenroom_cdk.asset.build import LAMBDAS
from simulation.variables import ADDRESSES, OF_PROVIDERS
from tests.support.receiver import Receiver

CANARY = "canary-4f1c"
HANDLERS = LAMBDAS / "greenroom" / "handlers"
# Modules that make handlers, or share a part of them.
NO_HANDLERS = {"__init__", "changes", "sweep_errors", "task"}
NAMES = sorted(path.stem for path in HANDLERS.glob("*.py") if path.stem not in NO_HANDLERS)

TALKATIVE = {
    "AWS_LAMBDA_LOG_LEVEL": "DEBUG",
    "LOG_LEVEL": "DEBUG",
    "POWERTOOLS_DEBUG": "true",
    "POWERTOOLS_DEV": "true",
    "POWERTOOLS_EVENT_HANDLER_DEBUG": "true",
    "POWERTOOLS_LOGGER_LOG_EVENT": "true",
    "POWERTOOLS_LOGGER_SAMPLE_RATE": "1",
    "POWERTOOLS_LOG_DEDUPLICATION_DISABLED": "true",
    "POWERTOOLS_LOG_LEVEL": "DEBUG",
    "POWERTOOLS_TRACER_CAPTURE_ERROR": "true",
    "POWERTOOLS_TRACER_CAPTURE_RESPONSE": "true",
    "POWERTOOLS_TRACE_MIDDLEWARES": "true",
}
# The runtime sets the root's level before it imports a handler (`awslambdaric.bootstrap._setup_logging`).
SCRIPT = """
import importlib, json, logging, sys
logging.basicConfig(level=logging.DEBUG, stream=sys.stdout)
from simulation.process import LambdaContext
for name, event in json.load(sys.stdin).items():
    handler = importlib.import_module(f"greenroom.handlers.{name}").handler
    try:
        handler(event, LambdaContext())
    except Exception as error:
        print(name, "raised", type(error).__name__)
    else:
        print(name, "returned")
"""


def event_of(name: str) -> dict[str, Any]:
    """Make an event that gets as far into the handler as one can without a table, with the canary in its values."""
    secret = {"metadata": {"name": CANARY}, "url": f"https://x.example/?token={CANARY}", "user": CANARY}
    fields = {"provider": "nimble", "studioId": CANARY, "sessionId": CANARY}
    if name == "api":
        body = json.dumps({**fields, **secret})
        identity = {"userArn": f"arn:aws:iam::1:user/{CANARY}", "sourceIp": CANARY}
        return {
            "httpMethod": "POST",
            "path": "/streams",
            "resource": "/{proxy+}",
            "headers": {"authorization": CANARY, "content-type": "application/json"},
            "queryStringParameters": {"token": CANARY},
            "requestContext": {"identity": identity, "requestId": "r"},
            "body": body,
        }
    if name == "websocket":
        context = {"eventType": "MESSAGE", "connectionId": "c", "identity": {"userArn": CANARY}}
        return {"requestContext": context, "body": CANARY}
    if name in {"announce", "learn", "release_session"}:
        image = {"id": {"S": "r"}, "metadata": {"S": CANARY}}
        return {"Records": [{"dynamodb": {"Keys": {"id": {"S": "r"}}, "NewImage": image, "SequenceNumber": "1"}}]}
    if name in {"deliver", "accept_event"}:
        known = {"ApproximateReceiveCount": "1", "SentTimestamp": "0"}
        detail = {"id": "e", "detail-type": "Stream Requested", "detail": {**fields, **secret}}
        message = {"messageId": "m", "receiptHandle": "h", "attributes": known, "body": json.dumps(detail)}
        return {"Records": [message]}
    if name.startswith("reconcile"):
        request = json.dumps({**fields, **secret})
        return {"detail": {"name": "r", "status": "ABORTED", "input": request, "startDate": 0, "stopDate": 0}}
    execution = {"id": "r", "batchId": "r", "input": {**fields, **secret}, "startedAt": "2026-11-24T12:00:00Z"}
    return {**execution, **secret, "request": {"id": "r", **fields}, "progress": {"status": "PENDING", "wait": 0}}


@pytest.fixture
def output(receiver: Receiver) -> str:
    """What all handlers print in one fresh interpreter; AWS refuses whatever they ask for."""
    receiver.will_answer(400, {"__type": "ValidationException", "message": "no"})
    environment = {
        **variables(records_table=ADDRESSES["table"], providers="nimble", deadline_seconds="900"),
        **OF_PROVIDERS,
        **TALKATIVE,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_DEFAULT_REGION": "us-west-2",
        "AWS_ENDPOINT_URL": receiver.url,
        "AWS_SECRET_ACCESS_KEY": "test",
        "POWERTOOLS_METRICS_NAMESPACE": "Tests",
        "POWERTOOLS_SERVICE_NAME": "Greenroom",
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{LAMBDAS}:{LAMBDAS.parent}",
    }
    done = subprocess.run(  # noqa: S603  # our own code
        [sys.executable, "-W", "ignore", "-c", SCRIPT],
        env=environment,
        input=json.dumps({name: event_of(name) for name in NAMES}),
        capture_output=True,
        text=True,
        check=True,
    )
    assert any(CANARY in received.body for received in receiver.received), "no handler came as far as to a table"
    return done.stdout + done.stderr


def test_no_handler_logs_its_event(output: str) -> None:
    assert [name for name in NAMES if f"{name} r" not in output] == []
    assert [line for line in output.splitlines() if CANARY in line] == []


def test_every_handler_is_made_in_the_one_place_that_sees_to_that() -> None:
    calls = {
        path.name
        for path in LAMBDAS.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr == "inject_lambda_context"
    }
    assert calls == {"observability.py"}
