"""A request that was refused at the bus or at StartExecution: the bus hears of it, a queue keeps it."""

from __future__ import annotations

from typing import Any

import pytest

from bench.virtual.process import LambdaContext
from greenroom.delivery.rejection import reject, start_or_reject
from greenroom.domain.errors import InvalidRequest
from greenroom.flow.payloads import Rejection
from greenroom.handlers.task import task
from greenroom.request.callback_hosts import CallbackHosts
from greenroom.request.rules import Rules
from tests.support.examples import a_body
from tests.support.recorders import RecordingBus, RecordingExecutions, RecordingLetters

FIELDS = [
    {"field": "studioId", "detail": "is required"},
    {"field": "expirationInSeconds", "detail": "must be a whole number of seconds from 60 to 3600"},
]
WRONG = {"sessionId": "session", "expirationInSeconds": 59}
ELSEWHERE = a_body(notify=[{"type": "webhook", "url": "https://other.example"}])
ONLY_HOOKS = CallbackHosts(allowed=frozenset({"hooks.example"}))


class Door:
    """The door for requests whose sender waits for no answer."""

    def __init__(self, hosts: CallbackHosts | None = None) -> None:
        self.rules = Rules(hosts=hosts or CallbackHosts())
        self.bus, self.letters, self.executions = RecordingBus(), RecordingLetters(), RecordingExecutions()

    def reject(self, request: Any, error: Exception | None = None) -> None:
        self.reject_as_caught(Rejection.of("r", request, error or InvalidRequest([])))

    def reject_as_caught(self, rejection: Rejection) -> None:
        reject(rejection, rules=self.rules, bus=self.bus, letters=self.letters)

    def start_or_reject(self, request: Any) -> None:
        start_or_reject(
            "event", request, rules=self.rules, executions=self.executions, bus=self.bus, letters=self.letters
        )


def test_the_bus_hears_which_fields_are_wrong() -> None:
    door = Door()
    door.reject(WRONG)
    ((detail_type, detail),) = door.bus.events
    assert detail_type == "Stream Rejected"
    assert (detail["id"], detail["error"], detail["errors"]) == ("r", "InvalidRequest", FIELDS)


def test_the_rejected_requests_keep_the_request_as_it_came_with_the_reason() -> None:
    door = Door()
    door.reject(WRONG, ValueError("wrong"))
    (letter,) = door.letters.kept
    assert (letter["reason"], letter["request"], letter["message"]) == ("Stream Rejected", WRONG, "wrong")
    assert letter["errors"] == FIELDS


def test_what_is_no_request_at_all_can_be_refused() -> None:
    door = Door()
    door.reject(None, ValueError("wrong"))
    assert [error["field"] for error in door.bus.events[0][1]["errors"]] == ["body"]
    assert door.letters.kept[0]["request"] is None


def test_a_conflict_has_no_wrong_fields() -> None:
    door = Door()
    conflict = {"id": "r", "request": a_body(), "Error": "RequestConflict", "Cause": '{"errorMessage": "Taken"}'}
    door.reject_as_caught(Rejection.load(conflict))
    assert door.bus.events[0][1] == {"id": "r", "error": "RequestConflict", "message": "Taken", "errors": []}


def test_a_host_that_webhooks_may_not_go_to_is_told_too() -> None:
    door = Door(ONLY_HOOKS)
    door.reject(ELSEWHERE)
    assert [error["field"] for error in door.bus.events[0][1]["errors"]] == ["notify[0].url"]


def test_the_bus_does_not_hear_the_request_itself() -> None:
    door = Door()
    door.reject(WRONG | {"metadata": {"customer": "somebody"}}, ValueError("wrong"))
    assert "somebody" not in str(door.bus.events)


def test_the_flow_learns_nothing_from_a_rejection() -> None:
    door = Door()
    handler = task(Rejection, reject, rules=door.rules, bus=door.bus, letters=door.letters)
    caught = {"id": "r", "request": WRONG, "Error": "InvalidRequest", "Cause": "wrong"}
    assert handler(caught, LambdaContext()) == {}
    assert [letter["request"] for letter in door.letters.kept] == [WRONG]


def test_a_request_that_keeps_the_rules_is_started_under_the_event_s_id_and_told_to_nobody() -> None:
    door = Door()
    door.start_or_reject(a_body(metadata={"ticket": "A-17"}))
    assert door.executions.started == [("event", a_body(metadata={"ticket": "A-17"}))]
    assert (door.bus.events, door.letters.kept) == ([], [])


@pytest.mark.parametrize("request_body", [WRONG, ELSEWHERE, {}, None, "text", {"renew": "r"}], ids=str)
def test_a_request_that_breaks_a_rule_is_rejected_and_starts_nothing(request_body: Any) -> None:
    door = Door(ONLY_HOOKS)
    door.start_or_reject(request_body)
    assert door.executions.started == []
    ((_, detail),), (letter,) = door.bus.events, door.letters.kept
    assert (detail["id"], detail["error"]) == ("event", "InvalidRequest")
    assert detail["errors"]
    assert detail["message"] == "; ".join(f"{error['field']}: {error['detail']}" for error in detail["errors"])
    assert letter == {"reason": "Stream Rejected", **detail, "request": request_body}


def test_a_start_that_fails_is_raised_and_rejects_nothing() -> None:
    """Lambda makes the call again, and keeps the event among the rejected requests in the end."""
    door = Door()
    door.executions = NoExecutions()
    with pytest.raises(TimeoutError):
        door.start_or_reject(a_body())
    assert (door.bus.events, door.letters.kept) == ([], [])


class NoExecutions(RecordingExecutions):
    def start(self, request_id: str, request: Any) -> None:  # noqa: ARG002  # it starts none
        raise TimeoutError
