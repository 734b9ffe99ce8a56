"""The function that takes events from their queue, one a call."""

from __future__ import annotations

import json
from typing import Any

import pytest

from greenroom.delivery.event_requests import EventRequests
from greenroom.delivery.rejection import Rejections
from greenroom.domain.errors import ThrottlingException
from greenroom.handlers import accept_event
from simulation.process import LambdaContext
from tests.support.admission import an_admission
from tests.support.examples import RULES, a_body
from tests.support.recorders import RecordingBus, RecordingDeadLetterQueue, RecordingExecutions, RecordingQueue
from tests.unit.handlers.conftest import Log

EVENT_ID = "17c1f9e6-5a5e-4bd4-9a3e-1f4e8c1f2a33"


class FailingExecutions(RecordingExecutions):
    """Executions of which none starts while there is an error."""

    error: Exception | None = None

    def start(self, request_id: str, request: Any) -> bool:
        if self.error:
            raise self.error
        return super().start(request_id, request)


class Door:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.executions, self.queue, self.letters = FailingExecutions(), RecordingQueue(), RecordingDeadLetterQueue()
        rejections = Rejections(RULES, an_admission(), RecordingBus(), self.letters)
        monkeypatch.setattr(accept_event, "rejections", rejections)
        requests = EventRequests(RULES, an_admission(), self.executions, rejections, self.queue)
        monkeypatch.setattr(accept_event, "requests", requests)

    def call(self, body: str) -> dict[str, Any]:
        """Call as Lambda's mapping of the queue does."""
        message = {
            "messageId": "m",
            "receiptHandle": "receipt",
            "body": body,
            "attributes": {"ApproximateReceiveCount": "7"},
        }
        return accept_event.handler({"Records": [message]}, LambdaContext())


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Door:
    return Door(monkeypatch)


def event(detail: Any) -> str:
    return json.dumps({"id": EVENT_ID, "detail-type": "Stream Requested", "detail": detail})


def test_an_event_starts_the_flow_under_its_id_and_leaves_the_queue(door: Door) -> None:
    assert door.call(event(a_body())) == {"batchItemFailures": []}
    assert door.executions.started == [(EVENT_ID, a_body())]


def test_what_step_functions_throttles_stays_in_the_queue_and_is_no_error(door: Door, log: Log) -> None:
    door.executions.error = ThrottlingException("not now")
    assert door.call(event(a_body())) == {"batchItemFailures": [{"itemIdentifier": "m"}]}
    assert len(door.queue.hidden) == 1
    assert {line["level"] for line in log()} == {"INFO"}


def test_any_other_error_is_one_of_the_function_and_the_event_stays_in_the_queue(door: Door) -> None:
    """The alarm on the function's errors sees it; Lambda deletes no message of a call that failed."""
    door.executions.error = ConnectionError("States did not answer")
    with pytest.raises(ConnectionError):
        door.call(event(a_body()))
    assert len(door.queue.hidden) == 1


def test_what_is_no_event_is_kept_with_the_reason_and_not_repeated(door: Door) -> None:
    assert door.call("no JSON") == {"batchItemFailures": []}
    assert door.letters.kept == [{"reason": "The message is no event of the bus", "message": "no JSON"}]


def test_a_request_that_breaks_a_rule_is_kept_and_not_repeated(door: Door) -> None:
    assert door.call(event({"studioId": 7})) == {"batchItemFailures": []}
    assert [letter["reason"] for letter in door.letters.kept] == ["Stream Rejected"]
