"""However many connections have gone, the topic hears of the outcome in their place once."""

from __future__ import annotations

import pytest

from greenroom.delivery.message import Delivery
from greenroom.domain.errors import DeliveryError, DeliveryFailed, DeliveryRefused
from greenroom.domain.values import RequestState
from tests.support.examples import a_body, a_record
from tests.support.fakes import NOW
from tests.support.outbox import ReadyRequest

ALONE, OTHER = (Delivery("r", {"type": "websocket", "connectionId": name}) for name in ("first", "second"))
FIRST, SECOND = (Delivery("r", {**each.target, "fallback": "sns"}) for each in (ALONE, OTHER))
BODY = a_body(notify=[dict(FIRST.target), dict(SECOND.target)])
GONE = DeliveryRefused("gone")


def an_outbox(**errors: DeliveryError) -> ReadyRequest:
    return ReadyRequest(a_record(BODY, state=RequestState.READY, due_at=NOW), **{"websocket": GONE, **errors})


def test_an_announcement_tells_the_topic_once() -> None:
    outbox = an_outbox()
    outbox.announce()
    assert (outbox.taken("sns"), outbox.queue.queued) == (["stream.ready"], [])
    assert {FIRST.key, SECOND.key} <= outbox.delivered


@pytest.mark.parametrize("deliveries", [[FIRST, SECOND], [SECOND, FIRST], [FIRST, FIRST, SECOND]])
def test_the_queue_s_deliveries_tell_the_topic_once(deliveries: list[Delivery]) -> None:
    outbox = an_outbox()
    for delivery in deliveries:
        assert outbox.attempt(delivery) is None
    assert outbox.taken("sns") == ["stream.ready"]


def test_the_one_that_tells_the_topic_does_so_until_the_topic_has_taken_it() -> None:
    outbox = an_outbox(sns=DeliveryFailed("busy"))
    outbox.announce()
    assert outbox.queue.queued == [FIRST]
    assert isinstance(outbox.attempt(FIRST), DeliveryFailed)
    outbox.channels["sns"].error = None
    assert outbox.attempt(FIRST) is None
    assert outbox.taken("sns") == ["stream.ready"]


def test_nothing_is_lost_if_the_one_that_tells_the_topic_dies() -> None:
    outbox = an_outbox()
    outbox.channels["sns"].error = KeyboardInterrupt()  # type: ignore[assignment]  # the function ends on the spot
    with pytest.raises(KeyboardInterrupt):
        outbox.attempt(FIRST)
    outbox.channels["sns"].error = None
    assert outbox.attempt(SECOND) is None
    assert outbox.taken("sns") == []
    assert outbox.attempt(FIRST) is None
    assert outbox.taken("sns") == ["stream.ready"]


def test_a_connection_that_is_there_gets_its_own_message() -> None:
    outbox = an_outbox()
    outbox.attempt(FIRST)
    outbox.channels["websocket"].error = None
    outbox.attempt(SECOND)
    assert (outbox.taken("sns"), outbox.taken("websocket")) == (["stream.ready"], ["stream.ready"])


def test_the_topic_hears_of_nothing_that_its_request_did_not_want_it_to_hear() -> None:
    outbox = ReadyRequest(
        a_record(a_body(notify=[dict(ALONE.target)]), state=RequestState.READY, due_at=NOW), websocket=GONE
    )
    outbox.announce()
    assert (outbox.taken("sns"), outbox.queue.queued) == ([], [ALONE])
    assert outbox.attempt(ALONE) is GONE
    assert (outbox.taken("sns"), [letter["reason"] for letter in outbox.letters.kept]) == ([], ["gone"])


def test_a_message_of_the_queue_chooses_no_fallback() -> None:
    outbox = ReadyRequest(
        a_record(a_body(notify=[dict(ALONE.target)]), state=RequestState.READY, due_at=NOW), websocket=GONE
    )
    assert isinstance(outbox.attempt(FIRST), DeliveryRefused)
    assert outbox.taken("sns") == []
