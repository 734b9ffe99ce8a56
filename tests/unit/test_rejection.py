"""A request that was refused at the bus or at StartExecution: the bus hears of it, the queue keeps it."""

from __future__ import annotations

from greenroom.callback_hosts import CallbackHosts
from greenroom.errors import InvalidRequest
from greenroom.payloads import Refusal
from greenroom.rejection import reject
from tests.unit.examples import a_body
from tests.unit.recorders import RecordingBus, RecordingQueue

ANY = CallbackHosts()
FIELDS = [
    {"field": "studioId", "detail": "is required"},
    {"field": "expirationInSeconds", "detail": "must be a whole number of seconds from 60 to 3600"},
]
WRONG = {"sessionId": "session", "expirationInSeconds": 59}


def test_the_bus_hears_which_fields_are_wrong() -> None:
    bus = RecordingBus()
    reject(Refusal.of("r", WRONG, InvalidRequest([])), bus=bus, queue=RecordingQueue(), hosts=ANY)
    ((detail_type, detail),) = bus.events
    assert detail_type == "Stream Rejected"
    assert (detail["id"], detail["error"], detail["errors"]) == ("r", "InvalidRequest", FIELDS)


def test_the_queue_keeps_the_request_as_it_came_with_the_reason() -> None:
    queue = RecordingQueue()
    reject(Refusal.of("r", WRONG, ValueError("wrong")), bus=RecordingBus(), queue=queue, hosts=ANY)
    (letter,) = queue.buried
    assert (letter["reason"], letter["request"], letter["message"]) == ("Stream Rejected", WRONG, "wrong")
    assert letter["errors"] == FIELDS


def test_what_is_no_request_at_all_can_be_refused() -> None:
    bus, queue = RecordingBus(), RecordingQueue()
    reject(Refusal.of("r", None, ValueError("wrong")), bus=bus, queue=queue, hosts=ANY)
    assert [error["field"] for error in bus.events[0][1]["errors"]] == ["body"]
    assert queue.buried[0]["request"] is None


def test_a_conflict_has_no_wrong_fields() -> None:
    bus = RecordingBus()
    conflict = {"id": "r", "request": a_body(), "Error": "RequestConflict", "Cause": '{"errorMessage": "Taken"}'}
    reject(Refusal.model_validate(conflict), bus=bus, queue=RecordingQueue(), hosts=ANY)
    assert bus.events[0][1] == {"id": "r", "error": "RequestConflict", "message": "Taken", "errors": []}


def test_a_host_that_webhooks_may_not_go_to_is_told_too() -> None:
    bus, hook = RecordingBus(), {"type": "webhook", "url": "https://other.example"}
    refusal = Refusal.of("r", a_body(notify=[hook]), InvalidRequest([]))
    hosts = CallbackHosts(allowed=frozenset({"hooks.example"}))
    reject(refusal, bus=bus, queue=RecordingQueue(), hosts=hosts)
    assert [error["field"] for error in bus.events[0][1]["errors"]] == ["notify[0].url"]


def test_the_bus_does_not_hear_the_request_itself() -> None:
    bus = RecordingBus()
    wrong = WRONG | {"metadata": {"customer": "somebody"}}
    reject(Refusal.of("r", wrong, ValueError("wrong")), bus=bus, queue=RecordingQueue(), hosts=ANY)
    assert "somebody" not in str(bus.events)
