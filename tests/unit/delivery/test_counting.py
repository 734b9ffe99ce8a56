"""How many attempts were made at a target: the record counts them, whatever the queue does."""

from __future__ import annotations

import pytest

from greenroom.delivery.attempts import MAX_ATTEMPTS
from greenroom.domain.errors import DeliveryFailed, DeliveryRefused
from greenroom.domain.values import RequestState
from tests.support.examples import a_record
from tests.support.outbox import HOOK, SNS, ReadyRequest


def test_each_attempt_at_a_target_is_counted_for_that_target() -> None:
    outbox = ReadyRequest(webhook=DeliveryFailed("busy"))
    for _ in range(3):
        outbox.attempt(HOOK)
    outbox.attempt(SNS)
    assert (outbox.number(HOOK), outbox.number(SNS)) == (3, 1)


def test_a_delivery_that_the_queue_handed_out_a_thousand_times_in_vain_is_made() -> None:
    """A call that Lambda throttles is a receive, and no attempt."""
    outbox = ReadyRequest()
    assert outbox.attempt(HOOK, receives=999) is None
    assert (outbox.taken("webhook"), outbox.number(HOOK)) == (["stream.ready"], 1)


def test_the_last_attempt_that_fails_leaves_a_letter_with_its_reason() -> None:
    outbox = ReadyRequest(sns=DeliveryFailed("The topic answered InternalError"))
    for _ in range(MAX_ATTEMPTS - 1):
        assert isinstance(outbox.attempt(SNS), DeliveryFailed)
    assert outbox.letters.kept == []
    assert isinstance(outbox.attempt(SNS), DeliveryRefused)
    (letter,) = outbox.letters.kept
    assert letter == {
        "reason": "The topic answered InternalError, at the last of 20 attempts",
        **SNS.as_dict(),
    }


def test_a_delivery_whose_last_attempts_killed_their_function_is_a_letter_too() -> None:
    outbox = ReadyRequest()
    assert isinstance(outbox.attempt(HOOK, number=MAX_ATTEMPTS + 1), DeliveryRefused)
    assert outbox.taken("webhook") == []
    (letter,) = outbox.letters.kept
    assert letter["reason"] == "20 attempts were made, and the last of them did not come to an end"


def test_a_letter_that_is_put_back_starts_with_a_fresh_count() -> None:
    outbox = ReadyRequest(sns=DeliveryFailed("busy"))
    outbox.attempt(SNS, number=MAX_ATTEMPTS)
    assert outbox.number(SNS) == 0
    assert isinstance(outbox.attempt(SNS), DeliveryFailed)
    assert outbox.number(SNS) == 1


def test_a_letter_that_could_not_be_kept_leaves_its_delivery_in_the_queue() -> None:
    class NoLetters:
        def put(self, letter: object) -> None:  # noqa: ARG002  # it takes none
            raise OSError("SQS did not answer")

    outbox = ReadyRequest(webhook=DeliveryRefused("410 Gone"))
    outbox.letters = NoLetters()  # type: ignore[assignment]  # another fake of the same port
    with pytest.raises(OSError, match="SQS"):
        outbox.attempt(HOOK, receives=3)
    assert 1 <= outbox.pause <= 8


def test_a_record_that_counts_no_attempts_is_at_the_first() -> None:
    """It was made before attempts were counted."""
    assert a_record(state=RequestState.READY).attempts_at(HOOK.key) == 0
