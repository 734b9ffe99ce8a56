"""From the changes of the records to their targets: our own hear of an outcome at once, the queue gets the rest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from greenroom.delivery.message import Delivery, deliveries
from greenroom.delivery.outbox import PROMPTLY
from greenroom.domain.errors import DeliveryFailed, DeliveryRefused, RecordUnavailable
from greenroom.domain.values import Failure, RequestState
from greenroom.record.model import Record
from tests.support.examples import URL, a_body, a_record
from tests.support.fakes import NOW, InMemoryRecords
from tests.support.outbox import HOOK, SNS, SOCKET, ReadyRequest, UnreadableUrls
from tests.support.recorders import RecordingQueue

BUS = Delivery("r", {"type": "bus"})
EVERYONE = a_body(notify=[dict(each.target) for each in (HOOK, SOCKET, SNS)])
FALLING_BACK = Delivery("r", {**SOCKET.target, "fallback": "sns"})
OWN = {"bus": BUS, "sns": SNS, "websocket": SOCKET}
EACH_OWN = pytest.mark.parametrize(("kind", "delivery"), OWN.items(), ids=OWN)
FUNCTION_TIMEOUT_SECONDS = 30
UNHAPPY = [state for state in RequestState if state.is_terminal and state is not RequestState.READY]


def ended(state: RequestState = RequestState.READY, due_at: datetime | None = NOW, **fields: Any) -> Record:
    """Make a request that has ended, and whose outcome has waited since `due_at` to be announced."""
    return a_record(state=state, settled_at=NOW, due_at=due_at, **{"body": EVERYONE, **fields})


class FullQueue(RecordingQueue):
    def put(self, deliveries: Sequence[Delivery]) -> None:  # noqa: ARG002  # it takes none
        raise OverflowError


class UnannouncableRecords(InMemoryRecords):
    """Records that take no write about their announcement."""

    def still_to_announce(self, record: Record) -> bool:  # noqa: ARG002  # of no record
        raise RecordUnavailable("The table takes no write")


def test_our_own_targets_hear_of_an_outcome_at_once_and_a_webhook_is_left_to_the_queue() -> None:
    outbox = ReadyRequest(ended())
    outbox.announce()
    assert [outbox.taken(kind) for kind in OWN] == [["stream.ready"]] * 3
    assert outbox.queue.queued == [HOOK]
    assert outbox.delivered == {each.key for each in OWN.values()}
    assert not outbox.waits


def test_a_link_that_cannot_be_signed_leaves_all_to_the_queue_and_holds_up_nobody() -> None:
    outbox = ReadyRequest(ended(body=a_body(waitingRoom=True)))
    outbox.links_are_unusable = True
    outbox.announce()
    assert [outbox.taken(kind) for kind in OWN] == [[]] * 3
    assert outbox.queue.queued == [BUS, SNS]
    assert not outbox.waits


@EACH_OWN
def test_each_gets_the_whole_message_at_the_target_that_is_named(kind: str, delivery: Delivery) -> None:
    outbox = ReadyRequest(ended())
    outbox.announce()
    ((message, target),) = outbox.channels[kind].taken
    assert (message.data["url"], message.data["secondsLeft"], target) == (URL, 120, delivery.target)


@pytest.mark.parametrize("error", [DeliveryFailed("busy"), DeliveryRefused("no such topic")], ids=repr)
@pytest.mark.parametrize("kind", ["bus", "sns"])
def test_what_a_target_does_not_take_is_left_to_the_queue_and_keeps_nothing_from_the_others(
    kind: str, error: Exception
) -> None:
    outbox = ReadyRequest(ended(), **{kind: error})
    outbox.announce()
    assert set(map(repr, outbox.queue.queued)) == {repr(OWN[kind]), repr(HOOK)}
    assert outbox.delivered == {each.key for each in OWN.values()} - {OWN[kind].key}
    assert not outbox.waits


def test_a_connection_that_fails_is_left_to_the_queue_and_not_given_up() -> None:
    outbox = ReadyRequest(ended(), websocket=DeliveryFailed("busy"))
    outbox.announce()
    assert outbox.queue.queued == [HOOK, SOCKET]


@pytest.mark.parametrize("named", [[FALLING_BACK], [SOCKET, SNS]], ids=["alone", "beside the topic"])
def test_what_a_connection_that_is_gone_cannot_take_is_heard_at_the_topic_once(named: list[Delivery]) -> None:
    body = a_body(notify=[dict(each.target) for each in named])
    outbox = ReadyRequest(ended(body=body), websocket=DeliveryRefused("gone"))
    outbox.announce()
    assert outbox.taken("sns") == ["stream.ready"]
    assert (outbox.queue.queued, outbox.delivered) == ([], frozenset({BUS.key, *(each.key for each in named)}))


@pytest.mark.parametrize("asks", [True, False])
def test_a_request_that_asks_for_it_is_announced_with_a_link_to_its_waiting_room(*, asks: bool) -> None:
    outbox = ReadyRequest(ended(body=EVERYONE | {"waitingRoom": asks}))
    outbox.announce()
    outbox.attempt(HOOK)
    for kind in ("sns", "websocket", "webhook"):
        ((message, _),) = outbox.channels[kind].taken
        assert ("waitingRoom" in message.data) is asks


def test_where_the_topic_fails_too_the_connection_s_delivery_is_left_to_the_queue() -> None:
    body = a_body(notify=[dict(FALLING_BACK.target)])
    outbox = ReadyRequest(ended(body=body), websocket=DeliveryRefused("gone"), sns=DeliveryFailed("busy"))
    outbox.announce()
    assert (outbox.queue.queued, outbox.delivered) == ([FALLING_BACK], frozenset({BUS.key}))


def test_a_target_that_has_had_the_outcome_is_left_out() -> None:
    outbox = ReadyRequest(ended(delivered=frozenset({BUS.key, SOCKET.key, HOOK.key})))
    outbox.announce()
    assert {kind: outbox.taken(kind) for kind in OWN} == {"bus": [], "sns": ["stream.ready"], "websocket": []}
    assert outbox.queue.queued == []


@pytest.mark.parametrize("seconds", [120, 121, 3600])
def test_a_url_that_expired_on_its_way_is_told_to_nobody_yet_since_it_may_be_renewed(seconds: int) -> None:
    record = ended()
    outbox = ReadyRequest(record)
    outbox.clock.advance(seconds)
    outbox.announce()
    assert [outbox.taken(kind) for kind in OWN] == [[], [], []]
    assert (outbox.queue.queued, outbox.delivered) == (deliveries(record), frozenset())
    assert not outbox.waits


@pytest.mark.parametrize(("seconds", "told"), [(4, ["stream.ready"]), (5, []), (6, [])])
def test_a_url_that_works_for_a_moment_is_told_in_that_moment_and_not_after_it(seconds: int, told: list[str]) -> None:
    outbox = ReadyRequest(ended(expires_at=NOW + timedelta(seconds=5)))
    outbox.clock.advance(seconds)
    outbox.announce()
    assert [outbox.taken(kind) for kind in OWN] == [told] * 3


@pytest.mark.parametrize("state", UNHAPPY)
def test_an_outcome_without_a_stream_is_told_at_once_and_has_no_url_that_could_be_too_old(state: RequestState) -> None:
    outbox = ReadyRequest(ended(state, failure=Failure("SomeError", "A sentence"), expires_at=NOW))
    outbox.announce()
    assert [outbox.taken(kind) for kind in OWN] == [[f"stream.{state}"]] * 3
    assert URL not in str([message.as_dict() for message, _ in outbox.channels["sns"].taken])


def test_a_url_that_is_to_be_claimed_is_told_to_nobody() -> None:
    outbox = ReadyRequest(ended(body=EVERYONE | {"claim": True}))
    outbox.announce()
    assert outbox.taken("sns") == ["stream.ready"]
    assert not any(URL in str(message.as_dict()) for kind in OWN for message, _ in outbox.channels[kind].taken)


def test_what_is_queued_holds_no_url() -> None:
    outbox = ReadyRequest(ended(), **{kind: DeliveryFailed("busy") for kind in OWN})
    outbox.announce()
    assert len(outbox.queue.queued) == 4
    assert URL not in str(outbox.queue.queued)


def test_an_outcome_whose_rest_could_not_be_queued_still_waits() -> None:
    outbox = ReadyRequest(ended())
    outbox.queue = FullQueue()
    with pytest.raises(OverflowError):
        outbox.announce()
    assert outbox.waits


def test_each_try_to_tell_that_a_stream_is_ready_is_an_offer_of_its_own() -> None:
    outbox = ReadyRequest(ended())
    outbox.queue = FullQueue()
    for tries in (1, 2):
        with pytest.raises(OverflowError):
            outbox.announce()
        assert len(outbox.records.records["r"].offers) == tries * len(OWN)


def test_an_outcome_that_cannot_be_noted_is_not_queued_again_and_again() -> None:
    """Lambda repeats a change that failed every few moments, for an hour."""
    outbox = ReadyRequest(ended())
    outbox.records = UnannouncableRecords(outbox.records.records["r"])
    outbox.clock.advance(PROMPTLY.total_seconds())
    for _ in range(3):
        with pytest.raises(RecordUnavailable):
            outbox.announce()
    assert outbox.queue.queued == []


def test_a_change_that_comes_late_and_was_announced_is_not_queued_again() -> None:
    outbox = ReadyRequest(ended(due_at=NOW + timedelta(seconds=5)))
    outbox.clock.advance(PROMPTLY.total_seconds())
    outbox.announce(ended(due_at=NOW))
    assert outbox.queue.queued == []


def test_an_outcome_whose_url_could_not_be_read_still_waits_and_is_told_to_nobody() -> None:
    outbox = ReadyRequest(ended())
    outbox.stream_urls = UnreadableUrls(OSError("busy"))
    with pytest.raises(OSError, match="busy"):
        outbox.announce()
    assert outbox.waits
    assert [outbox.taken(kind) for kind in OWN] == [[], [], []]


def test_a_later_outcome_still_waits_when_an_earlier_one_was_announced() -> None:
    """A URL was renewed while the change before it was still on its way."""
    outbox = ReadyRequest(ended(due_at=NOW + timedelta(seconds=5)))
    outbox.announce(ended(due_at=NOW))
    assert outbox.waits
    assert outbox.delivered == frozenset()


def test_a_change_that_comes_again_is_told_to_nobody_twice() -> None:
    """Lambda repeats a change whose function timed out after it had told some, and the sweep may have been faster."""
    outbox = ReadyRequest(ended())
    outbox.announce()
    outbox.clock.advance(FUNCTION_TIMEOUT_SECONDS)
    outbox.announce(ended())
    for delivery in outbox.queue.queued:
        outbox.attempt(delivery)
    assert [outbox.taken(kind) for kind in (*OWN, "webhook")] == [["stream.ready"]] * 4


@pytest.mark.parametrize("state", UNHAPPY)
def test_of_an_outcome_without_a_stream_nothing_is_noted_that_a_url_could_contradict(state: RequestState) -> None:
    outbox = ReadyRequest(ended(state, failure=Failure("SomeError", "A sentence")))
    outbox.announce()
    assert outbox.records.records["r"].offers == frozenset()


def test_each_target_that_refused_clearly_is_free_to_be_told_later_that_the_url_expired() -> None:
    outbox = ReadyRequest(ended(), bus=DeliveryRefused("no such bus"), sns=DeliveryFailed("busy"))
    outbox.announce()
    assert [outbox.records.records["r"].may_have_reached(each.key) for each in OWN.values()] == [False, False, True]
