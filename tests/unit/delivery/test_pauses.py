"""The message of a delivery around an attempt: how long it is hidden, and whether it ends among the letters."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

from greenroom.delivery.attempts import (
    ATTEMPT_SECONDS,
    LONGEST_PAUSE_SECONDS,
    MAX_ATTEMPTS,
    pause_before_retry,
)
from greenroom.delivery.message import Delivery
from greenroom.domain.errors import DeliveryFailed, DeliveryRefused, RecordUnavailable
from greenroom.domain.values import RequestState
from tests.support.examples import a_record
from tests.support.outbox import (
    EVERYONE,
    HOOK,
    RECEIPT,
    SNS,
    ReadyRequest,
    UnreadableRecords,
    UnreadableUrls,
    UnwritableRecords,
)

QUEUE_KEEPS_SECONDS = 4 * 24 * 3600
UNFORESEEN: list[Exception] = [
    RecordUnavailable("DynamoDB did not answer"),
    KeyError("webhook"),
    ClientError({"Error": {"Code": "AccessDeniedException"}}, "GetSecretValue"),
    ConnectTimeoutError(endpoint_url="https://secretsmanager.example"),
]
EVERY_UNFORESEEN = pytest.mark.parametrize("error", UNFORESEEN, ids=lambda error: type(error).__name__)


def test_before_anything_else_the_message_is_hidden_for_one_attempt() -> None:
    outbox = ReadyRequest()
    outbox.records = UnreadableRecords(a_record(), KeyboardInterrupt())  # the function ends on the spot
    with pytest.raises(KeyboardInterrupt):
        outbox.attempt(HOOK)
    assert outbox.queue.hidden == [(RECEIPT, ATTEMPT_SECONDS)]


def test_a_delivery_that_is_made_hides_its_message_for_no_longer() -> None:
    outbox = ReadyRequest()
    outbox.attempt(HOOK)
    assert outbox.queue.hidden == [(RECEIPT, ATTEMPT_SECONDS)]
    assert outbox.letters.kept == []


@pytest.mark.parametrize("seconds", [17, 90])
def test_a_failed_attempt_hides_the_message_for_as_long_as_the_target_asked(seconds: int) -> None:
    outbox = ReadyRequest(webhook=DeliveryFailed("busy", seconds))
    error = outbox.attempt(HOOK)
    assert isinstance(error, DeliveryFailed)
    assert error.retry_after == seconds
    assert outbox.queue.hidden == [(RECEIPT, ATTEMPT_SECONDS), (RECEIPT, seconds)]


@pytest.mark.parametrize("number", [1, 7, MAX_ATTEMPTS - 1])
def test_a_failed_attempt_at_a_target_that_asks_for_nothing_hides_the_message_for_a_backoff(number: int) -> None:
    outbox = ReadyRequest(sns=DeliveryFailed("busy"))
    outbox.attempt(SNS, number=number, receives=900)
    assert 1 <= outbox.pause <= min(300, 2**number)


def ensure_it_is_hidden_and_raised(outbox: ReadyRequest, error: Exception, receives: int) -> None:
    with pytest.raises(type(error)) as caught:
        outbox.attempt(HOOK, receives=receives)
    assert caught.value is error
    assert {receipt for receipt, _ in outbox.queue.hidden} == {RECEIPT}
    assert 1 <= outbox.pause <= min(300, 2**receives)
    assert (outbox.letters.kept, outbox.delivered) == ([], frozenset())


@EVERY_UNFORESEEN
@pytest.mark.parametrize("receives", [1, 7, 1_000])
def test_after_an_error_that_nobody_foresaw_the_message_is_hidden_for_a_backoff(
    error: Exception, receives: int
) -> None:
    ensure_it_is_hidden_and_raised(ReadyRequest(webhook=error), error, receives)


@EVERY_UNFORESEEN
def test_so_it_is_when_a_table_cannot_be_read_or_written(error: Exception) -> None:
    unread, unwritten, without_url = ReadyRequest(), ReadyRequest(), ReadyRequest()
    unread.records = UnreadableRecords(a_record(state=RequestState.READY), error)
    unwritten.records = UnwritableRecords(a_record(EVERYONE, state=RequestState.READY), error)
    without_url.stream_urls = UnreadableUrls(error)
    for outbox in (unread, unwritten, without_url):
        ensure_it_is_hidden_and_raised(outbox, error, receives=3)


def test_a_refused_delivery_is_kept_among_the_letters_with_its_reason() -> None:
    outbox = ReadyRequest(webhook=DeliveryRefused("410 Gone"))
    error = outbox.attempt(HOOK)
    assert (type(error), str(error)) == (DeliveryRefused, "410 Gone")
    assert outbox.letters.kept == [{"reason": "410 Gone", **HOOK.as_dict()}]
    assert outbox.queue.hidden == [(RECEIPT, ATTEMPT_SECONDS)]


@pytest.mark.parametrize("delivery", [HOOK, Delivery("other", {"type": "sns"})], ids=lambda delivery: delivery.key)
def test_a_letter_is_read_as_the_delivery_that_it_was(delivery: Delivery) -> None:
    outbox = ReadyRequest(webhook=DeliveryRefused("410 Gone"))
    outbox.attempt(delivery)
    (letter,) = outbox.letters.kept
    assert letter["reason"]
    assert Delivery.of(letter) == delivery


@pytest.mark.parametrize("number", [1, 2, 5, MAX_ATTEMPTS, 1000])
def test_the_pause_is_from_one_second_to_five_minutes(number: int) -> None:
    pauses = [pause_before_retry(number, None) for _ in range(200)]
    assert min(pauses) >= 1
    assert max(pauses) <= min(300, 2**number)


def test_the_first_pauses_are_any_from_one_second_to_two_and_then_to_four() -> None:
    assert {pause_before_retry(1, None) for _ in range(100)} == {1, 2}
    assert {pause_before_retry(2, 0) for _ in range(200)} == {1, 2, 3, 4}


def test_pauses_differ_so_that_retries_spread() -> None:
    assert len({pause_before_retry(9, None) for _ in range(50)}) > 10


@pytest.mark.parametrize("retry_after", [1, 60, 299.6, 3600])
def test_a_target_that_asks_for_time_gets_it(retry_after: float) -> None:
    assert all(pause_before_retry(1, retry_after) >= int(retry_after) for _ in range(50))


@pytest.mark.parametrize("retry_after", [3601, 43_200, 86_400.0, 1e12, float("inf")])
def test_no_target_gets_more_than_an_hour(retry_after: float) -> None:
    assert LONGEST_PAUSE_SECONDS == 3600
    assert pause_before_retry(1, retry_after) == LONGEST_PAUSE_SECONDS


def test_all_attempts_are_over_before_the_queue_lets_go_of_a_message() -> None:
    assert MAX_ATTEMPTS * (LONGEST_PAUSE_SECONDS + ATTEMPT_SECONDS) < QUEUE_KEEPS_SECONDS
