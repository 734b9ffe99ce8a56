"""Handing an outcome over, one attempt at one target."""

from __future__ import annotations

from dataclasses import replace

import pytest

from greenroom.delivery.message import Delivery
from greenroom.domain.errors import DeliveryError, DeliveryFailed, DeliveryRefused
from greenroom.domain.values import Failure, RequestState
from tests.support.examples import URL, a_body, a_record, a_stream_url
from tests.support.outbox import EVERYONE, HOOK, SNS, SOCKET, ReadyRequest, UnreadableUrls


@pytest.mark.parametrize("delivery", [SNS, SOCKET, HOOK], ids=lambda delivery: delivery.key)
def test_hands_the_message_to_the_target_that_is_named(delivery: Delivery) -> None:
    outbox = ReadyRequest()
    assert outbox.attempt(delivery) is None
    ((message, target),) = outbox.channels[delivery.target["type"]].taken
    assert (message.type, message.data["url"], target) == ("stream.ready", URL, delivery.target)
    assert sum(len(channel.taken) for channel in outbox.channels.values()) == 1


def test_a_target_gets_the_message_once() -> None:
    outbox = ReadyRequest()
    for _ in range(3):
        outbox.attempt(HOOK)
    assert outbox.taken("webhook") == ["stream.ready"]
    assert outbox.delivered == {HOOK.key}


def test_another_target_still_gets_it() -> None:
    outbox = ReadyRequest(a_record(EVERYONE, state=RequestState.READY, delivered=frozenset({SNS.key})))
    outbox.attempt(HOOK)
    assert outbox.delivered == {SNS.key, HOOK.key}


@pytest.mark.parametrize("error", [DeliveryFailed("busy", 3), DeliveryRefused("gone")], ids=repr)
def test_a_failed_attempt_is_told_and_not_kept_as_delivered(error: DeliveryError) -> None:
    outbox = ReadyRequest(webhook=error)
    told = outbox.attempt(HOOK)
    assert (type(told), str(told)) == (type(error), str(error))
    assert outbox.delivered == frozenset()
    outbox.channels["webhook"].error = None
    outbox.attempt(HOOK)
    assert outbox.taken("webhook") == ["stream.ready"]


def test_an_attempt_that_would_come_after_the_url_s_end_is_not_made() -> None:
    outbox = ReadyRequest(webhook=DeliveryFailed("busy", 120))
    error = outbox.attempt(HOOK)
    assert isinstance(error, DeliveryRefused)
    assert str(error) == "busy, and the URL expires before the next attempt"


def test_where_an_expired_url_is_renewed_a_later_attempt_makes_sense() -> None:
    outbox = ReadyRequest(webhook=DeliveryFailed("busy", 120))
    assert isinstance(outbox.attempt(HOOK, renewing=True), DeliveryFailed)


@pytest.mark.parametrize("delivery", [SNS, SOCKET], ids=lambda delivery: delivery.key)
def test_a_target_that_is_no_webhook_hears_of_the_url_s_end_later(delivery: Delivery) -> None:
    outbox = ReadyRequest()
    outbox.channels[delivery.target["type"]].error = DeliveryFailed("busy", 120)
    assert isinstance(outbox.attempt(delivery), DeliveryFailed)


@pytest.mark.parametrize("state", RequestState)
def test_nothing_but_an_expired_url_is_renewed(state: RequestState) -> None:
    outbox = ReadyRequest(a_record(EVERYONE, state=state))
    outbox.attempt(SNS, renewing=True)
    assert outbox.executions.started == []


def test_a_delivery_of_an_expired_url_waits_for_a_fresh_one_and_is_no_error() -> None:
    outbox = ReadyRequest()
    outbox.clock.advance(121)
    assert outbox.attempt(HOOK, renewing=True) is None
    assert (outbox.taken("webhook"), outbox.delivered) == ([], frozenset())
    assert [request for _, request in outbox.executions.started] == [{"renew": "r"}]


def test_a_connection_that_is_gone_sends_nothing_to_a_topic_that_is_told_anyway() -> None:
    body = a_body(notify=[{"type": "websocket", "connectionId": "c"}, {"type": "sns"}])
    outbox = ReadyRequest(a_record(body, state=RequestState.READY), websocket=DeliveryRefused("gone"))
    assert outbox.attempt(SOCKET) is None
    assert outbox.taken("sns") == []


def test_the_topic_gets_what_a_connection_that_is_gone_cannot_take() -> None:
    body = a_body(notify=[{"type": "websocket", "connectionId": "c", "fallback": "sns"}])
    outbox = ReadyRequest(a_record(body, state=RequestState.READY), websocket=DeliveryRefused("gone"))
    assert outbox.attempt(Delivery("r", {**SOCKET.target, "fallback": "sns"})) is None
    ((message, target),) = outbox.channels["sns"].taken
    assert (message.type, target) == ("stream.ready", {"type": "sns"})
    assert outbox.delivered == {SOCKET.key}


def test_a_connection_that_fails_is_tried_again_and_not_given_up() -> None:
    outbox = ReadyRequest(websocket=DeliveryFailed("busy"))
    assert isinstance(outbox.attempt(SOCKET), DeliveryFailed)
    assert outbox.taken("sns") == []


NAMED_BY_NOBODY = [
    {"type": "webhook", "url": "https://evil.example"},
    {"type": "webhook", "url": "https://hooks.example/"},
    {"type": "webhook", "url": "https://hooks.example", "connectionId": "c"},
    {"type": "websocket", "connectionId": "mine"},
    {"type": "websocket", "connectionId": "c", "url": "https://hooks.example"},
    {"type": "sns", "url": "https://hooks.example"},
    {"type": "bus", "url": "https://hooks.example"},
]


@pytest.mark.parametrize("target", NAMED_BY_NOBODY, ids=lambda target: str(list(target.values())))
def test_a_queue_message_is_no_authority_its_target_must_be_the_record_s(target: dict[str, str]) -> None:
    """Whoever may write to the queue, or put a dead letter back, could have a stream's URL sent anywhere."""
    outbox = ReadyRequest()
    outbox.stream_urls = UnreadableUrls(AssertionError("The URL was read"))
    error = outbox.attempt(Delivery("r", target), renewing=True)
    assert isinstance(error, DeliveryRefused)
    assert not any(channel.taken for channel in outbox.channels.values())
    assert outbox.letters.kept == [
        {
            "reason": "Request r names no such target, so nobody asked for this delivery",
            **Delivery("r", target).as_dict(),
        }
    ]


def test_a_target_that_the_request_names_not_is_refused_though_it_is_a_public_one() -> None:
    body = a_body(notify=[dict(HOOK.target)])
    outbox = ReadyRequest(a_record(body, state=RequestState.READY))
    assert isinstance(outbox.attempt(SNS), DeliveryRefused)
    assert outbox.attempt(Delivery("r", {"type": "bus"})) is None
    assert (outbox.taken("sns"), outbox.taken("bus")) == ([], ["stream.ready"])


@pytest.mark.parametrize("delivery", [SNS, HOOK, Delivery("r", {"type": "bus"})], ids=lambda delivery: delivery.key)
def test_a_request_that_has_not_ended_is_told_of_to_nobody(delivery: Delivery) -> None:
    """Its targets would take what they hear for the outcome, and would not hear of that when there is one."""
    outbox = ReadyRequest(a_record(EVERYONE))
    error = outbox.attempt(delivery)
    assert isinstance(error, DeliveryRefused)
    assert str(error) == "Request r has not ended, so there is no outcome to deliver"
    assert not any(channel.taken for channel in outbox.channels.values())
    assert (outbox.delivered, outbox.number(delivery)) == (frozenset(), 0)


def test_a_request_that_was_withdrawn_is_told_of_to_nobody() -> None:
    outbox = ReadyRequest(a_record(EVERYONE, state=RequestState.CANCELLED, withdrawn=True))
    error = outbox.attempt(HOOK)
    assert isinstance(error, DeliveryRefused)
    assert str(error) == "Request r was withdrawn, so there is no outcome to deliver"
    assert outbox.taken("webhook") == []


@pytest.mark.parametrize("bound", [True, False])
def test_a_message_is_bound_to_its_target_if_its_delivery_is(*, bound: bool) -> None:
    outbox = ReadyRequest()
    outbox.attempt(replace(HOOK, bound=bound))
    ((message, _),) = outbox.channels["webhook"].taken
    assert message.bound is bound


def test_a_link_that_cannot_be_signed_is_waited_for_and_nothing_is_sent() -> None:
    body = a_body(waitingRoom=True, notify=[dict(HOOK.target)])
    outbox = ReadyRequest(a_record(body, state=RequestState.READY))
    outbox.links_are_unusable = True
    error = outbox.attempt(HOOK)
    assert isinstance(error, DeliveryFailed)
    assert str(error) == "The secret under LinkSecretArn has no value"
    assert outbox.taken("webhook") == []
    assert outbox.pause > 0
    outbox.links_are_unusable = False
    assert outbox.attempt(HOOK) is None


def test_a_record_that_is_gone_is_refused() -> None:
    error = ReadyRequest().attempt(Delivery("other", {"type": "sns"}))
    assert isinstance(error, DeliveryRefused)
    assert "no record of request other" in str(error)


def test_a_late_attempt_never_hands_out_a_dead_url() -> None:
    outbox = ReadyRequest()
    outbox.clock.advance(121)
    outbox.attempt(SNS)
    ((message, _),) = outbox.channels["sns"].taken
    assert (message.type, message.data["error"]) == ("stream.failed", "UrlExpired")


def test_a_failure_is_told_without_a_url_even_if_there_is_one() -> None:
    outbox = ReadyRequest(a_record(state=RequestState.FAILED, failure=Failure("SomeError", "A sentence")))
    outbox.stream_urls.put("r", a_stream_url(), "token", renewal=False)
    outbox.attempt(SNS)
    assert URL not in str([message.as_dict() for message, _ in outbox.channels["sns"].taken])
