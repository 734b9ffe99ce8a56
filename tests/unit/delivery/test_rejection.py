"""A request that was refused at the bus or at StartExecution: the bus hears of it, a queue keeps it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from greenroom.delivery.rejection import Rejections
from greenroom.domain.errors import DeliveryFailed, FieldError, InvalidRequest
from greenroom.flow.payloads import Rejection
from greenroom.handlers.task import task
from greenroom.request.callback_hosts import CallbackHosts
from greenroom.request.identities import IdentityRule
from greenroom.request.rules import Rules
from simulation.process import LambdaContext
from tests.support.admission import an_admission
from tests.support.examples import a_body
from tests.support.recorders import RecordingBus, RecordingDeadLetterQueue

FIELDS = [
    {"field": "studioId", "detail": "is required"},
    {"field": "expirationInSeconds", "detail": "must be a whole number of seconds from 60 to 3600"},
]
WRONG = {"sessionId": "session", "expirationInSeconds": 59}
ELSEWHERE = a_body(notify=[{"type": "webhook", "url": "https://other.example"}])
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
SQS_BYTES = 1024 * 1024
ONLY_HOOKS = CallbackHosts(allowed=frozenset({"hooks.example"}))


class Door:
    """The door for requests whose sender waits for no answer."""

    def __init__(self, hosts: CallbackHosts | None = None, bus: RecordingBus | None = None) -> None:
        self.bus, self.letters = bus or RecordingBus(), RecordingDeadLetterQueue()
        self.rejections = Rejections(
            Rules(("nimble",), hosts=hosts or CallbackHosts()), an_admission(), self.bus, self.letters
        )

    def reject(self, request: Any, message: str = "wrong") -> None:
        self.rejections.reject(Rejection("r", "InvalidRequest", message, request))

    def size(self) -> int:
        """The bytes of the one letter, as the queue gets it."""
        (letter,) = self.letters.kept
        return len(json.dumps(letter))


class NoBus(RecordingBus):
    def put(self, detail_type: str, detail: Any) -> None:  # noqa: ARG002  # it takes none
        raise DeliveryFailed("The bus did not answer")


def test_the_bus_hears_which_fields_are_wrong() -> None:
    door = Door()
    door.reject(WRONG)
    ((detail_type, detail),) = door.bus.events
    assert detail_type == "Stream Rejected"
    assert (detail["id"], detail["error"], detail["errors"]) == ("r", "InvalidRequest", FIELDS)


def test_the_rejected_requests_keep_the_request_as_it_came_with_the_reason() -> None:
    door = Door()
    door.reject(WRONG)
    (letter,) = door.letters.kept
    assert (letter["reason"], letter["request"], letter["message"]) == ("Stream Rejected", WRONG, "wrong")
    assert letter["errors"] == FIELDS


def test_what_is_no_request_at_all_can_be_refused() -> None:
    door = Door()
    door.reject(None)
    assert [error["field"] for error in door.bus.events[0][1]["errors"]] == ["body"]
    assert door.letters.kept[0]["request"] is None


def test_a_conflict_has_no_wrong_fields() -> None:
    door = Door()
    conflict = {"id": "r", "request": a_body(), "Error": "RequestConflict", "Cause": '{"errorMessage": "Taken"}'}
    door.rejections.reject(Rejection.load(conflict))
    assert door.bus.events[0][1] == {"id": "r", "error": "RequestConflict", "message": "Taken", "errors": []}


def test_a_host_that_webhooks_may_not_go_to_is_told_too() -> None:
    door = Door(ONLY_HOOKS)
    door.reject(ELSEWHERE)
    assert [error["field"] for error in door.bus.events[0][1]["errors"]] == ["notify[0].url"]


def test_the_bus_does_not_hear_the_request_itself() -> None:
    door = Door()
    door.reject(WRONG | {"metadata": {"customer": "somebody"}})
    assert "somebody" not in str(door.bus.events)


def test_the_flow_learns_nothing_from_a_rejection() -> None:
    door = Door()
    handler = task(Rejection, door.rejections.reject)
    caught = {"id": "r", "request": WRONG, "Error": "InvalidRequest", "Cause": "wrong"}
    assert handler(caught, LambdaContext()) == {}
    assert [letter["request"] for letter in door.letters.kept] == [WRONG]


def test_errors_that_are_known_are_told_as_they_are_and_so_is_the_execution() -> None:
    door = Door()
    error = InvalidRequest([FieldError("body", "is larger than what Step Functions tells of it")])
    door.rejections.reject(Rejection.of("r", None, error, "arn:execution"))
    assert door.bus.events[0][1]["errors"] == error.as_dicts()
    assert door.letters.kept[0]["execution"] == "arn:execution"


@pytest.mark.parametrize("character", ["a", '"', "\\", "é", "語", "\x00", "𝄞", "\ud800"], ids=ascii)
def test_what_step_functions_takes_fits_into_a_letter_whatever_it_is_written_in(character: str) -> None:
    door = Door()
    written = len(json.dumps(character, ensure_ascii=False).encode(errors="surrogatepass")) - 2
    request = {"metadata": {"text": character * (250 * 1024 // written)}}
    door.reject(request, "m" * 300_000)
    assert door.size() < SQS_BYTES
    assert door.letters.kept[0]["request"] == request


def test_a_request_that_is_too_large_for_a_letter_is_cut_and_the_letter_says_so() -> None:
    door = Door()
    request = {"metadata": {"text": '"' * 600_000}}
    door.reject(request)
    (letter,) = door.letters.kept
    assert json.dumps(request).startswith(letter["request"])
    assert letter["cutFrom"] == len(json.dumps(request))
    assert door.size() < SQS_BYTES


@pytest.mark.parametrize(
    "request_body",
    [
        {f"x{number}": number for number in range(1500)},
        {"k" * 900 + str(number): number for number in range(15)},
        a_body(metadata={"k" * 7000: [10**19] * 300}),
        a_body(notify=[{"type": "t" * 1500}] * 9),
    ],
    ids=["fields", "names", "numbers", "targets"],
)
def test_a_rejection_is_an_event_that_eventbridge_takes(request_body: Any) -> None:
    """An entry of 256 KB: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html."""
    door = Door()
    error = InvalidRequest([FieldError("body", "is wrong")] * 7000)
    door.reject(request_body, str(error))
    ((_, detail),) = door.bus.events
    assert detail["errors"]
    assert len(json.dumps(detail)) < 100 * 1024


def test_a_message_that_is_no_event_is_kept_and_told_to_nobody() -> None:
    door = Door()
    door.rejections.keep("no JSON", "The message is no event")
    assert door.letters.kept == [{"reason": "The message is no event", "message": "no JSON"}]
    assert door.bus.events == []


def test_a_message_of_any_size_is_kept() -> None:
    door = Door()
    door.rejections.keep("é" * 500_000, "The message is no event")
    assert door.size() < SQS_BYTES
    assert door.letters.kept[0]["cutFrom"] > SQS_BYTES


def test_nothing_is_kept_of_a_rejection_that_the_bus_did_not_take_and_that_comes_again() -> None:
    door = Door(bus=NoBus())
    with pytest.raises(DeliveryFailed):
        door.reject(WRONG)
    assert door.letters.kept == []


def test_an_execution_that_asked_for_somebody_else_is_told_so_with_the_field() -> None:
    door = Door()
    rule = IdentityRule("nobody-s", ("event",), "nimble", "sessionId", ("class-*",))
    Rejections(Rules(("nimble",)), an_admission(rule), door.bus, door.letters).reject(
        Rejection("r", "InvalidRequest", "sessionId: must be one", a_body())
    )
    ((_, detail),) = door.bus.events
    assert (detail["error"], [error["field"] for error in detail["errors"]]) == ("NotAllowed", ["sessionId"])


@pytest.mark.parametrize("error", ["RequestConflict", "DoorsClosed"])
def test_a_rejection_for_another_reason_stays_one(error: str) -> None:
    door = Door()
    rule = IdentityRule("nobody-s", ("event",), "nimble", "sessionId", ("class-*",))
    Rejections(Rules(("nimble",)), an_admission(rule), door.bus, door.letters).reject(
        Rejection("r", error, "no", a_body())
    )
    ((_, detail),) = door.bus.events
    assert (detail["error"], detail["errors"]) == (error, [])
