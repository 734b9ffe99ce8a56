"""No target is told that a stream is ready and, later, that its URL had expired before it could be told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from greenroom.delivery.message import Delivery
from greenroom.domain.errors import DeliveryError, DeliveryFailed, DeliveryRefused, RecordUnavailable
from greenroom.domain.values import Failure, Renewal, RequestState
from greenroom.record.model import Record
from tests.support.examples import URL, a_record, a_stream_url
from tests.support.fakes import NOW, InMemoryRecords
from tests.support.outbox import EVERYONE, HOOK, SNS, SOCKET, ReadyRequest, UnwritableRecords

EACH_KIND = pytest.mark.parametrize("delivery", [SNS, SOCKET, HOOK], ids=lambda delivery: delivery.key)
UNCLEAR = DeliveryFailed("The answer was lost", is_unclear=True)
CLEAR: list[tuple[Delivery, DeliveryError]] = [
    *((each, DeliveryFailed("answered 503")) for each in (SNS, SOCKET, HOOK)),
    (HOOK, DeliveryRefused("answered 410")),
]


def late(outbox: ReadyRequest, delivery: Delivery) -> DeliveryError | None:
    """Make one more attempt, after the URL's end, at a target that takes everything now."""
    outbox.clock.now = NOW
    outbox.clock.advance(121)
    outbox.channels[delivery.target["type"]].error = None
    return outbox.attempt(delivery)


def ensure_not_contradicted(outbox: ReadyRequest, delivery: Delivery) -> None:
    before = outbox.taken(delivery.target["type"])
    outbox.letters.kept.clear()
    assert isinstance(late(outbox, delivery), DeliveryRefused)
    assert outbox.taken(delivery.target["type"]) == before
    (letter,) = outbox.letters.kept
    assert letter["reason"] == "The URL has expired, and stream.ready may have been delivered: an attempt ended unclear"
    assert URL not in str(letter)


@EACH_KIND
def test_after_an_unclear_end_a_url_that_expired_is_told_to_nobody(delivery: Delivery) -> None:
    outbox = ReadyRequest()
    outbox.channels[delivery.target["type"]].error = UNCLEAR
    outbox.attempt(delivery)
    ensure_not_contradicted(outbox, delivery)


@pytest.mark.parametrize(("delivery", "error"), CLEAR, ids=repr)
def test_after_a_clear_refusal_it_is_told(delivery: Delivery, error: DeliveryError) -> None:
    outbox = ReadyRequest()
    outbox.channels[delivery.target["type"]].error = error
    outbox.attempt(delivery)
    assert late(outbox, delivery) is None
    assert outbox.taken(delivery.target["type"]) == ["stream.failed"]


def test_a_clear_refusal_takes_back_its_own_attempt_and_no_earlier_one() -> None:
    outbox = ReadyRequest(sns=UNCLEAR)
    outbox.attempt(SNS)
    outbox.channels["sns"].error = DeliveryFailed("answered 503")
    outbox.attempt(SNS)
    ensure_not_contradicted(outbox, SNS)


def test_what_one_target_may_have_had_says_nothing_of_another() -> None:
    outbox = ReadyRequest(sns=UNCLEAR)
    outbox.attempt(SNS)
    assert late(outbox, HOOK) is None
    assert outbox.taken("webhook") == ["stream.failed"]


def test_a_function_that_dies_in_an_attempt_leaves_it_unclear() -> None:
    outbox = ReadyRequest()
    outbox.channels["webhook"].error = KeyboardInterrupt()  # type: ignore[assignment]  # the function ends on the spot
    with pytest.raises(KeyboardInterrupt):
        outbox.attempt(HOOK)
    ensure_not_contradicted(outbox, HOOK)


def test_a_message_that_was_taken_and_not_noted_is_not_contradicted() -> None:
    outbox = ReadyRequest()
    noted = outbox.records
    outbox.records = UnwritableRecords(noted.records["r"], RecordUnavailable("DynamoDB did not answer"))
    with pytest.raises(RecordUnavailable):
        outbox.attempt(HOOK)
    noted.records["r"] = outbox.records.records["r"]
    outbox.records = noted
    ensure_not_contradicted(outbox, HOOK)


def test_an_attempt_that_cannot_be_noted_is_not_made() -> None:
    class Unwritable(UnwritableRecords):
        def begin_attempt(self, *_: object) -> int:
            raise self.error

    outbox = ReadyRequest()
    outbox.records = Unwritable(outbox.records.records["r"], RecordUnavailable("DynamoDB did not answer"))
    with pytest.raises(RecordUnavailable):
        outbox.attempt(HOOK)
    assert outbox.taken("webhook") == []


def test_while_the_url_works_an_unclear_attempt_is_made_again() -> None:
    outbox = ReadyRequest(webhook=UNCLEAR)
    outbox.attempt(HOOK)
    outbox.channels["webhook"].error = None
    assert outbox.attempt(HOOK) is None
    assert outbox.taken("webhook") == ["stream.ready"]


def test_a_failure_contradicts_nothing_and_notes_nothing() -> None:
    outbox = ReadyRequest(a_record(state=RequestState.FAILED, failure=Failure("SomeError", "A sentence")), sns=UNCLEAR)
    outbox.attempt(SNS)
    assert outbox.records.records["r"].offers == frozenset()
    assert late(outbox, SNS) is None
    assert outbox.taken("sns") == ["stream.failed"]


class OvertakenRecords(InMemoryRecords):
    """Records of which one is read just before something else happens."""

    def __init__(self, record: Record, meanwhile: Callable[[], object]) -> None:
        super().__init__(record)
        self.meanwhile = meanwhile

    def get(self, request_id: str) -> Record | None:
        read, happens = super().get(request_id), self.meanwhile
        self.meanwhile = lambda: None
        happens()
        return read


def overtaken(outbox: ReadyRequest, by: Callable[[], object], *, ahead: float) -> DeliveryError | None:
    """Make an attempt that reads the record before something else happens, by a clock that is so many seconds ahead."""

    def meanwhile() -> None:
        outbox.clock.advance(ahead)
        by()
        outbox.clock.advance(-ahead)

    outbox.records = OvertakenRecords(outbox.records.records["r"], meanwhile)
    return outbox.attempt(SNS)


def test_of_two_attempts_the_one_whose_clock_is_ahead_ends_what_the_other_may_tell() -> None:
    outbox = ReadyRequest()
    error = overtaken(outbox, lambda: outbox.attempt(SNS), ahead=121)
    assert isinstance(error, DeliveryFailed)
    assert outbox.taken("sns") == ["stream.failed"]
    assert outbox.attempt(SNS) is None
    assert outbox.taken("sns") == ["stream.failed"]


def test_of_two_attempts_the_one_whose_clock_is_behind_ends_what_the_other_may_tell() -> None:
    outbox = ReadyRequest()
    outbox.clock.advance(121)
    assert isinstance(overtaken(outbox, lambda: outbox.attempt(SNS), ahead=-121), DeliveryRefused)
    assert outbox.taken("sns") == ["stream.ready"]


def test_once_one_target_was_told_that_the_url_has_expired_no_clock_finds_it_working() -> None:
    outbox = ReadyRequest()
    outbox.clock.advance(121)
    outbox.attempt(SNS)
    outbox.clock.advance(-121)
    assert outbox.attempt(HOOK) is None
    assert outbox.taken("webhook") == ["stream.failed"]


@pytest.mark.parametrize("renewal", [None, Renewal.FAILED])
def test_what_is_announced_late_does_not_contradict_an_attempt_whose_clock_is_ahead(renewal: Renewal | None) -> None:
    outbox = ReadyRequest(a_record(EVERYONE, state=RequestState.READY, due_at=NOW, renewal=renewal))
    read = outbox.records.records["r"]
    outbox.clock.advance(121)
    assert outbox.attempt(SNS) is None
    outbox.clock.advance(-121)
    outbox.announce(read)
    assert outbox.taken("sns") == ["stream.failed"]
    assert (outbox.taken("bus"), outbox.taken("websocket")) == ([], [])
    assert HOOK in outbox.queue.queued


def test_an_attempt_whose_clock_is_ahead_does_not_contradict_what_is_announced() -> None:
    outbox = ReadyRequest(a_record(EVERYONE, state=RequestState.READY, due_at=NOW))
    outbox.clock.advance(121)
    assert isinstance(overtaken(outbox, outbox.announce, ahead=-121), DeliveryRefused)
    assert outbox.taken("sns") == ["stream.ready"]


def test_a_url_that_expires_while_it_is_announced_is_left_to_the_queue() -> None:
    outbox = ReadyRequest(a_record(EVERYONE, state=RequestState.READY, due_at=NOW))
    outbox.stream_urls.urls.clear()
    outbox.announce()
    assert {kind: outbox.taken(kind) for kind in ("bus", "sns", "websocket")} == {"bus": [], "sns": [], "websocket": []}
    assert all(each in outbox.queue.queued for each in (SNS, SOCKET, HOOK))


def test_a_fresh_url_is_told_whatever_became_of_the_first() -> None:
    outbox = ReadyRequest(webhook=UNCLEAR)
    outbox.attempt(HOOK, renewing=True)
    record = outbox.records.records["r"]
    outbox.records.records["r"] = replace(record, renewal=Renewal.DONE, expires_at=outbox.clock.now)
    outbox.clock.advance(121)
    outbox.stream_urls.urls["r"] = a_stream_url(240)
    outbox.records.records["r"] = replace(
        outbox.records.records["r"], expires_at=outbox.stream_urls.urls["r"].expires_at
    )
    outbox.channels["webhook"].error = None
    assert outbox.attempt(HOOK, renewing=True) is None
    assert outbox.taken("webhook") == ["stream.ready"]


@pytest.mark.parametrize(("kind", "delivery"), [("sns", SNS), ("websocket", SOCKET)])
def test_what_was_announced_with_an_unclear_end_is_not_contradicted_by_the_queue(kind: str, delivery: Delivery) -> None:
    outbox = ReadyRequest(a_record(EVERYONE, state=RequestState.READY, due_at=NOW), **{kind: UNCLEAR})
    outbox.announce()
    assert delivery in outbox.queue.queued
    ensure_not_contradicted(outbox, delivery)


@pytest.mark.parametrize("error", [DeliveryFailed("answered Throttling"), DeliveryRefused("no such topic")], ids=repr)
def test_what_was_clearly_refused_while_it_was_announced_may_be_told_as_expired(error: DeliveryError) -> None:
    outbox = ReadyRequest(a_record(EVERYONE, state=RequestState.READY, due_at=NOW), sns=error)
    outbox.announce()
    assert late(outbox, SNS) is None
    assert outbox.taken("sns") == ["stream.failed"]


def test_an_announcement_whose_function_dies_leaves_it_unclear() -> None:
    outbox = ReadyRequest(a_record(EVERYONE, state=RequestState.READY, due_at=NOW))
    outbox.channels["sns"].error = KeyboardInterrupt()  # type: ignore[assignment]  # the function ends on the spot
    with pytest.raises(KeyboardInterrupt):
        outbox.announce()
    for delivery in (SOCKET, SNS):
        ensure_not_contradicted(outbox, delivery)


def test_an_announcement_that_somebody_else_has_made_tells_nobody_and_leaves_all_to_the_queue() -> None:
    record = a_record(EVERYONE, state=RequestState.READY, due_at=NOW)
    outbox = ReadyRequest(replace(record, due_at=None))
    outbox.announce(record)
    assert [outbox.taken(kind) for kind in ("bus", "sns", "websocket")] == [[], [], []]
    assert {each.key for each in outbox.queue.queued} == {"bus", SNS.key, SOCKET.key, HOOK.key}
