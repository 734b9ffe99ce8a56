"""The requests whose cost is counted, each from what is asked for to the last consequence of its outcome."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from statistics import NormalDist
from typing import Any

from bench.costs.meter import Counted, Cpu
from bench.costs.receiver import receiving
from bench.costs.stage import ARN, Stage, staged
from greenroom.adapters.schedules_table import KEPT_IN_A_PART, PARTS
from greenroom.domain.values import Waiting
from greenroom.flow.schedule import Schedule
from greenroom.record.attribute_values import from_item, to_item
from simulation.dynamodb.sizes import size
from simulation.machine import ARN as MACHINE_ARN
from simulation.machine import Execution
from simulation.policies import RECORDS, SCHEDULES

# What was learned before: as many streams as are kept, ready after so many seconds, log-normal.
READY_SECONDS, READY_SIGMA = 25.0, 0.4
DEADLINE_SECONDS = 900
NEVER = 10 * DEADLINE_SECONDS
# Ids are as long as the services' own.
STUDIO = "us-west-2-lk3jdh4f9a7s2d"
POOL = f"nimble/{STUDIO}"
CALLER = "arn:aws:sts::111122223333:assumed-role/RenderFarm/i-0a1b2c3d4e5f60718"


@dataclass(frozen=True)
class Ended:
    """A request that has ended, and what it took from the POST to the last of its consequences, one GET included."""

    counted: Counted
    execution: Execution
    state: str
    record_bytes: int

    @property
    def looks(self) -> int:
        return self.execution.states.count("GetStream")

    @property
    def seconds(self) -> float:
        return self.execution.ended - self.execution.began


class Requests:
    """Requests of one caller for streams of one studio, of which `schedule` was learned."""

    def __init__(self, stage: Stage, webhook: str) -> None:
        self._stage = stage
        self._webhook = webhook
        self._numbers = count()
        self.schedule = _learned(stage)

    def ready_at_look(self, number: int, *targets: Mapping[str, str]) -> Ended:
        """Ask for a stream that is ready just before the look of this number, from 1."""
        looks = self.schedule.looks
        before = looks[number - 2] if number > 1 else 0
        return self._end((before + looks[number - 1]) / 2, targets or ({"type": "sns"},))

    def with_webhook(self, number: int) -> Ended:
        """The same, told to a webhook in the place of the topic."""
        return self.ready_at_look(number, {"type": "webhook", "url": self._webhook})

    def never_ready(self) -> Ended:
        return self._end(NEVER, ({"type": "sns"},))

    @property
    def cpu(self) -> Cpu:
        return self._stage.meter.cpu

    def shown(self) -> Counted:
        """Ask once more for what is known of the last request."""
        self._show(self._stage.executions[-1].name)
        return self._stage.counted()

    def _show(self, request: str) -> None:
        self._stage.run("Api", _call("GET", f"/streams/{request}"))

    def _end(self, ready_after: float, targets: Sequence[Mapping[str, str]]) -> Ended:
        stage, session = self._stage, f"{next(self._numbers):020x}"
        stage.service.set_session(session, readyAfterSeconds=ready_after)
        body = {"studioId": STUDIO, "sessionId": session, "notify": list(targets), "metadata": {"ticket": "A-17"}}
        answer = stage.run("Api", _call("POST", "/streams", {**body, "deadlineSeconds": DEADLINE_SECONDS}))
        request = json.loads(answer["body"])["id"]
        execution = stage.executions[-1]
        if execution.error:
            stage.run("Reconcile", _failed(execution, body))
        for message in stage.messages():
            stage.run("Deliver", _received(message))
        self._show(request)
        item = stage.dynamodb.item(RECORDS, request) or {}
        return Ended(stage.counted(), execution, from_item(item)["state"], size(item))


@contextmanager
def requesting() -> Iterator[Requests]:
    """Give requests at a deployment on which something was learned, and whose functions are warm."""
    with receiving() as url, staged() as stage:
        requests = Requests(stage, url)
        for warm_up in (requests.ready_at_look, requests.with_webhook):
            warm_up(2)
        yield requests


def _learned(stage: Stage) -> Schedule:
    """Have the function Learn make the schedule."""
    # In no order: 157 and the number of what is kept have no common divisor.
    kept = PARTS * KEPT_IN_A_PART
    ranks = [((157 * number) % kept + 0.5) / kept for number in range(kept)]
    ready = [READY_SECONDS * math.exp(READY_SIGMA * NormalDist().inv_cdf(rank)) for rank in ranks]
    items = [_part(part, ready[part::PARTS], int(stage.scheduler.now)) for part in range(PARTS)]
    stage.dynamodb.load(SCHEDULES, items)
    change = {"Keys": {"id": items[0]["id"]}, "SequenceNumber": "1", "NewImage": items[0]}
    stage.run("Learn", {"Records": [{"eventName": "MODIFY", "eventSource": "aws:dynamodb", "dynamodb": change}]})
    stage.counted()
    made = stage.dynamodb.item(SCHEDULES, POOL) or {}
    return Schedule.load(json.loads(from_item(made)[f"schedule{Waiting.STREAM.capitalize()}"]))


def _part(number: int, ready: Sequence[float], now: int) -> dict[str, Any]:
    """Make one of the items that hold what was seen of the pool."""
    latest = [value for seconds in ready for value in (int(seconds) - 2, int(seconds) + 1, now)]
    of_pool = {"provider": "nimble", "pool": STUDIO, "stale": True, "count": len(ready)}
    return to_item({"id": f"seen/{number}/{POOL}", **of_pool, f"latest{Waiting.STREAM.capitalize()}": latest})


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
        "eventSourceARN": ARN.format("sqs", "delivery"),
    }
    return {"Records": [record]}
