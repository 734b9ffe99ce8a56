"""Hosts that hang are tried less often, and a delivery that waits for one has made no attempt."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from greenroom.delivery.attempts import LONGEST_POSTPONEMENT
from greenroom.delivery.message import Delivery
from greenroom.delivery.patience import (
    FIRST_PAUSE_SECONDS,
    FORGOTTEN_AFTER,
    LONGEST_PAUSE_SECONDS,
    PROBE_SECONDS,
    Hang,
    Turn,
)
from greenroom.domain.errors import DeliveryFailed, DeliveryRefused
from greenroom.domain.values import Failure, RequestState
from tests.support.examples import a_record, a_stream_url
from tests.support.fakes import NOW
from tests.support.outbox import HOOK, SNS, ReadyRequest

HOST = "hooks.example:443"
SAME_HOST = Delivery("r", {"type": "webhook", "url": "https://HOOKS.example:443/other"})
OTHER_PORT = Delivery("r", {"type": "webhook", "url": "https://hooks.example:8443/"})
HUNG = DeliveryFailed("hooks.example did not answer within 15 s", is_unclear=True, hung=True)
TARGETS = tuple(each.target for each in (SNS, HOOK, SAME_HOST, OTHER_PORT))
ENDED = a_record(state=RequestState.FAILED, notify=TARGETS, failure=Failure("SomeError", "A sentence"))


def an_outbox(*, hung: int = 0, error: Exception | None = None) -> ReadyRequest:
    """A request whose URL works for an hour; its webhook's host hung so often in a row, and is left alone as yet."""
    outbox = ReadyRequest(a_record(state=RequestState.READY, notify=TARGETS, expires_at=NOW + timedelta(hours=1)))
    outbox.stream_urls.urls["r"] = a_stream_url(3600)
    outbox.channels["webhook"].error = error
    if hung:
        outbox.hangs.hangs[HOST] = Hang(NOW + timedelta(seconds=40), hung)
    return outbox


def test_a_host_that_used_up_its_time_is_left_alone_by_all_deliveries_to_it() -> None:
    outbox = an_outbox(error=HUNG)
    outbox.attempt(HOOK)
    outbox.channels["webhook"].error = None
    for delivery in (HOOK, SAME_HOST):
        assert isinstance(outbox.attempt(delivery), DeliveryFailed)
    assert outbox.taken("webhook") == []
    assert outbox.attempt(OTHER_PORT) is None


def test_to_wait_for_it_is_no_attempt_and_hides_the_message_until_after_its_pause() -> None:
    outbox = an_outbox(hung=3)
    error = outbox.attempt(HOOK)
    assert str(error) == "hooks.example:443 hangs, and is left alone for now"
    assert outbox.number(HOOK) == 0
    assert 41 <= outbox.pause <= 45
    assert outbox.letters.kept == []


@pytest.mark.parametrize("error", [DeliveryFailed("answered 503"), DeliveryFailed("refused", is_unclear=True)])
def test_a_host_that_fails_at_once_is_not_left_alone(error: DeliveryFailed) -> None:
    outbox = an_outbox(error=error)
    outbox.attempt(HOOK)
    assert outbox.hangs.hangs == {}


@pytest.mark.parametrize(("before", "pause"), [(0, FIRST_PAUSE_SECONDS), (1, 10), (4, 80), (9, LONGEST_PAUSE_SECONDS)])
def test_each_time_in_a_row_doubles_its_pause(before: int, pause: float) -> None:
    outbox = an_outbox(hung=before, error=HUNG)
    outbox.clock.advance(40)
    outbox.attempt(HOOK)
    assert outbox.hangs.hangs[HOST] == Hang(outbox.clock.now + timedelta(seconds=pause), before + 1)


def test_after_its_pause_one_delivery_tries_it_and_the_others_wait_for_what_that_finds() -> None:
    outbox = an_outbox(hung=2)
    outbox.clock.advance(40)
    probe = outbox.attempts().patience.turn(HOST)
    assert probe.wait == 0
    assert outbox.hangs.hangs[HOST] == Hang(outbox.clock.now + timedelta(seconds=PROBE_SECONDS), 2)
    assert isinstance(outbox.attempt(HOOK), DeliveryFailed)
    assert PROBE_SECONDS < outbox.pause <= PROBE_SECONDS + 5
    outbox.clock.advance(PROBE_SECONDS)  # the one that tried has died
    assert outbox.attempt(HOOK) is None


def test_of_two_that_see_the_end_of_its_pause_one_tries_it() -> None:
    outbox = an_outbox(hung=2)
    outbox.clock.advance(40)
    seen = outbox.hangs.hangs[HOST]
    hang = Hang(seen.until + timedelta(seconds=30), 2)
    assert outbox.hangs.replace(HOST, seen, hang)
    assert not outbox.hangs.replace(HOST, seen, hang)


def test_who_sees_the_end_of_its_pause_and_is_not_the_first_waits_for_the_one_that_is() -> None:
    outbox = an_outbox(hung=2)
    outbox.clock.advance(40)
    seen = outbox.hangs.hangs[HOST]
    outbox.hangs.replace = lambda *_: False  # type: ignore[method-assign]  # another was faster
    turn = outbox.attempts().patience.turn(HOST)
    assert PROBE_SECONDS + 1 <= turn.wait <= PROBE_SECONDS + 5
    assert turn.seen == seen


@pytest.mark.parametrize(("seconds", "times"), [(-1, 6), (0, 1)])
def test_a_host_that_nobody_has_tried_for_long_starts_anew(seconds: int, times: int) -> None:
    outbox = an_outbox(error=HUNG)
    outbox.hangs.hangs[HOST] = Hang(NOW - FORGOTTEN_AFTER - timedelta(seconds=seconds), 5)
    outbox.attempt(HOOK)
    assert outbox.hangs.hangs[HOST].times == times


def test_waits_for_one_host_end_from_one_to_five_seconds_after_its_pause_and_not_together() -> None:
    patience = an_outbox(hung=1).attempts().patience
    waits = [patience.turn(HOST).wait for _ in range(200)]
    assert 41 <= min(waits) < 41.5
    assert 44.5 < max(waits) <= 45


@pytest.mark.parametrize("error", [None, DeliveryFailed("answered 500"), DeliveryRefused("answered 410")])
def test_a_host_that_answers_whatever_it_says_is_tried_by_all_again(error: Exception | None) -> None:
    outbox = an_outbox(hung=5, error=error)
    outbox.clock.advance(40)
    outbox.attempt(HOOK)
    assert outbox.hangs.hangs == {}


def test_a_url_that_ends_before_the_pause_does_gets_its_one_chance() -> None:
    outbox = an_outbox(hung=1)
    outbox.clock.advance(-3580)
    outbox.hangs.hangs[HOST] = Hang(NOW + timedelta(hours=2), 9)
    outbox.clock.now = NOW
    assert outbox.attempt(HOOK) is None
    assert outbox.taken("webhook") == ["stream.ready"]


def test_after_that_chance_its_delivery_is_a_letter() -> None:
    outbox = an_outbox(hung=1)
    outbox.hangs.hangs[HOST] = Hang(NOW + timedelta(hours=2), 9)
    assert isinstance(outbox.attempt(HOOK, number=2), DeliveryRefused)
    (letter,) = outbox.letters.kept
    assert letter["reason"] == "hooks.example:443 hangs, and the URL expires before it is tried again"


def test_a_delivery_waits_for_a_host_for_a_day_and_then_is_a_letter() -> None:
    outbox = ReadyRequest(ENDED)
    outbox.hangs.hangs[HOST] = Hang(NOW + timedelta(seconds=40), 9)
    assert isinstance(outbox.attempt(HOOK, sent_at=NOW - LONGEST_POSTPONEMENT), DeliveryFailed)
    sent_at = NOW - LONGEST_POSTPONEMENT - timedelta(seconds=1)
    assert isinstance(outbox.attempt(HOOK, sent_at=sent_at), DeliveryRefused)
    assert len(outbox.letters.kept) == 1


def test_a_day_of_waiting_is_fewer_receives_than_the_queue_allows() -> None:
    """Each pause of the longest kind costs two: one finds it over and somebody else trying, one finds the next."""
    growing = 10
    assert growing + 2 * LONGEST_POSTPONEMENT.total_seconds() / LONGEST_PAUSE_SECONDS < 1_000


def test_a_table_that_does_not_answer_stops_no_delivery() -> None:
    outbox = an_outbox()
    outbox.hangs.fails = True
    assert outbox.attempt(HOOK) is None
    assert outbox.attempts().patience.turn(HOST) == Turn(0)
    outbox = an_outbox(error=HUNG)
    outbox.hangs.fails = True
    assert outbox.attempt(HOOK) is not None
    assert outbox.unavailable == 2


def test_of_a_host_that_never_hung_nothing_is_known() -> None:
    assert an_outbox().attempts().patience.turn(HOST) == Turn(0)


def test_what_is_no_webhook_waits_for_no_host() -> None:
    outbox = an_outbox()
    outbox.hangs.fails = True
    assert outbox.attempt(SNS) is None
    assert outbox.unavailable == 0


def test_of_an_outcome_without_a_stream_it_does_not_matter_when_a_url_would_expire() -> None:
    """It was cancelled after its URL was kept and before it was ready."""
    outbox = an_outbox(error=DeliveryFailed("answered 503", 60))
    cancelled = replace(outbox.records.records["r"], state=RequestState.CANCELLED, expires_at=NOW)
    outbox.records.records["r"] = cancelled
    assert isinstance(outbox.attempt(HOOK), DeliveryFailed)
    assert outbox.letters.kept == []


@pytest.mark.parametrize("until", [NOW + timedelta(seconds=40), NOW], ids=["left alone", "being tried"])
def test_who_must_wait_for_a_host_learns_how_often_it_hung(until: datetime) -> None:
    """If the wait is its only chance, the attempt is made, and what it finds is counted with the times before."""
    outbox = an_outbox()
    outbox.hangs.hangs[HOST] = hang = Hang(until, 3)
    patience = outbox.attempts().patience
    if until == NOW:
        assert patience.turn(HOST).wait == 0
        hang = outbox.hangs.hangs[HOST]
    turn = patience.turn(HOST)
    assert turn.wait > 0
    assert turn.seen == hang


def test_a_delivery_that_waited_for_as_long_as_one_may_says_so() -> None:
    outbox = an_outbox(hung=3)
    error = outbox.attempt(HOOK, sent_at=NOW - LONGEST_POSTPONEMENT - timedelta(seconds=1), renewing=True)
    said = "hooks.example:443 hangs, and has for as long as a delivery waits for that to end"
    assert (type(error), str(error)) == (DeliveryRefused, said)
