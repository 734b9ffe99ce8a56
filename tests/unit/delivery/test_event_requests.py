"""Requests by event: started, rejected, kept, or left in the queue for a while."""

from __future__ import annotations

import json
from typing import Any

import pytest

from greenroom.delivery.event_requests import LONGEST_PAUSE_SECONDS, Asked, EventRequests, pause
from greenroom.delivery.rejection import Rejections
from greenroom.domain.errors import DeliveryFailed, ThrottlingException
from greenroom.flow.executions import Execution
from greenroom.request.callback_hosts import CallbackHosts
from greenroom.request.identities import IdentityRule
from greenroom.request.rules import Rules
from tests.support.admission import InMemoryOrigins, an_admission
from tests.support.examples import a_body
from tests.support.recorders import RecordingBus, RecordingDeadLetterQueue, RecordingExecutions, RecordingQueue

WRONG = {"sessionId": "session", "expirationInSeconds": 59}
ELSEWHERE = a_body(notify=[{"type": "webhook", "url": "https://other.example"}])
RULES = Rules(("nimble",), hosts=CallbackHosts(allowed=frozenset({"hooks.example"})))
NO_EVENTS = [
    "",
    "no JSON",
    "{",
    "[]",
    "null",
    "7",
    "{}",
    '{"id": "e"}',
    '{"detail": {}}',
    '{"id": 7, "detail": {}}',
    "[" * 90_000,
    # Names of EventBridge are no choice of whoever writes to the queue: a member's, a renewal's, a keyed request's.
    '{"id": "17c1f9e6-5a5e-4bd4-9a3e-1f4e8c1f2a33-1", "detail": {}}',
    '{"id": "renewal-0123456789abcdef0123456789abcdef", "detail": {}}',
    '{"id": "0123456789abcdef0123456789abcdef", "detail": {}}',
]
EVENT_ID = "17c1f9e6-5a5e-4bd4-9a3e-1f4e8c1f2a33"


class FailingExecutions(RecordingExecutions):
    """Executions of which none starts while there is an error."""

    error: Exception | None = None

    def start(self, request_id: str, request: Any) -> bool:
        if self.error:
            raise self.error
        return super().start(request_id, request)


class NoBus(RecordingBus):
    def put(self, detail_type: str, detail: Any) -> None:  # noqa: ARG002  # it takes none
        raise DeliveryFailed("The bus did not answer")


class Door:
    def __init__(self, bus: RecordingBus | None = None, *rules: IdentityRule) -> None:
        self.bus, self.letters, self.queue = bus or RecordingBus(), RecordingDeadLetterQueue(), RecordingQueue()
        self.executions = FailingExecutions()
        self.origins = InMemoryOrigins()
        admission = an_admission(*rules, origins=self.origins)
        rejections = Rejections(RULES, admission, self.bus, self.letters)
        self.requests = EventRequests(RULES, admission, self.executions, rejections, self.queue)

    def take(self, detail: Any) -> None:
        self.requests.take(Asked("event", detail), "receipt", 1)


def test_a_request_that_keeps_the_rules_is_started_under_the_event_s_id_and_told_to_nobody() -> None:
    door = Door()
    door.take(a_body(metadata={"ticket": "A-17"}))
    assert door.executions.started == [("event", a_body(metadata={"ticket": "A-17"}))]
    assert (door.bus.events, door.letters.kept, door.queue.hidden) == ([], [], [])


@pytest.mark.parametrize("request_body", [WRONG, ELSEWHERE, {}, None, "text", {"renew": "r"}], ids=str)
def test_a_request_that_breaks_a_rule_is_rejected_and_starts_nothing(request_body: Any) -> None:
    door = Door()
    door.take(request_body)
    assert door.executions.started == []
    ((_, detail),), (letter,) = door.bus.events, door.letters.kept
    assert (detail["id"], detail["error"]) == ("event", "InvalidRequest")
    assert detail["errors"]
    assert detail["message"] == "; ".join(f"{error['field']}: {error['detail']}" for error in detail["errors"])
    assert letter == {"reason": "Stream Rejected", **detail, "request": request_body}


def test_an_event_whose_name_is_taken_is_rejected() -> None:
    door = Door()
    door.executions.known["event"] = Execution("RUNNING", '{"studioId": "other"}')
    door.take(a_body())
    ((_, detail),), (letter,) = door.bus.events, door.letters.kept
    assert (detail["id"], detail["error"], detail["message"]) == ("event", "NameTaken", "The name event is taken")
    assert letter["request"] == a_body()
    assert door.queue.hidden == []


@pytest.mark.parametrize("error", [ThrottlingException("not now"), TimeoutError()])
def test_a_start_that_fails_is_made_again_after_a_pause_and_rejects_nothing(error: Exception) -> None:
    door = Door()
    door.executions.error = error
    with pytest.raises(type(error)):
        door.take(a_body())
    ((receipt, seconds),) = door.queue.hidden
    assert receipt == "receipt"
    assert 1 <= seconds <= 2
    assert (door.bus.events, door.letters.kept) == ([], [])


def test_a_rejection_that_cannot_be_told_is_made_again_after_a_pause() -> None:
    door = Door(NoBus())
    with pytest.raises(DeliveryFailed):
        door.take(WRONG)
    assert len(door.queue.hidden) == 1


@pytest.mark.parametrize(("number", "longest"), [(1, 2), (2, 4), (5, 32), (9, 512), (10, 900), (1000, 900)])
def test_the_pauses_grow_with_full_jitter_up_to_a_quarter_of_an_hour(number: int, longest: int) -> None:
    pauses = {pause(number) for _ in range(3000)}
    assert min(pauses) >= 1
    assert max(pauses) <= longest <= LONGEST_PAUSE_SECONDS
    assert max(pauses) > 0.9 * longest
    assert min(pauses) < 0.2 * longest + 1


def test_an_event_is_read_from_its_message() -> None:
    event = {"version": "0", "id": EVENT_ID, "detail-type": "Stream Requested", "detail": a_body()}
    assert Asked.read(json.dumps(event)) == Asked(EVENT_ID, a_body())
    assert Asked.read(json.dumps({"id": EVENT_ID, "detail": None})) == Asked(EVENT_ID, None)


@pytest.mark.parametrize("message", NO_EVENTS, ids=lambda text: text[:20])
def test_what_is_no_event_is_seen(message: str) -> None:
    assert Asked.read(message) is None


EVENTS = IdentityRule("classes", ("event",), "nimble", "sessionId", ("class-*",))


def test_an_event_asks_for_those_whom_a_rule_lets_events_ask_for() -> None:
    door = Door(None, EVENTS)
    door.take(a_body(sessionId="class-a"))
    assert (len(door.executions.started), list(door.origins.events)) == (1, ["event"])


def test_an_event_that_asks_for_somebody_else_is_rejected_by_the_field_and_the_rule() -> None:
    door = Door(None, EVENTS)
    door.take(a_body(sessionId="ada"))
    assert (door.executions.started, door.origins.events) == ([], {})
    ((detail_type, detail),) = door.bus.events
    assert (detail_type, detail["error"]) == ("Stream Rejected", "NotAllowed")
    ((field, text),) = [(error["field"], error["detail"]) for error in detail["errors"]]
    assert (field, "classes" in text) == ("sessionId", True)


def test_an_event_has_no_connection_told() -> None:
    door = Door()
    door.take(a_body(notify=[{"type": "websocket", "connectionId": "c="}]))
    ((_, detail),) = door.bus.events
    assert [error["field"] for error in detail["errors"]] == ["notify[0].connectionId"]


def test_an_event_is_noted_before_its_execution_starts() -> None:
    """Whatever happens between the two, AcceptRequest finds the note; a note without an execution lets nobody in."""
    door = Door(None, EVENTS)
    door.executions.error = TimeoutError()
    with pytest.raises(TimeoutError):
        door.take(a_body(sessionId="class-a"))
    assert list(door.origins.events) == ["event"]
