"""Handing an outcome over, one attempt at one target."""

from __future__ import annotations

import pytest

from greenroom.delivery import announce, deliver, pause_before_retry
from greenroom.domain import Connection, Failure, RequestState
from greenroom.errors import DeliveryFailed, DeliveryRefused
from greenroom.message import Delivery, deliveries
from greenroom.record import Record
from tests.unit.examples import URL, a_body, a_connection, a_record
from tests.unit.fakes import FakeClock, InMemoryConnections, InMemoryRequests
from tests.unit.recorders import RecordingQueue, RecordingTarget

SNS = Delivery("r", {"type": "sns"})
SOCKET = Delivery("r", {"type": "websocket", "connectionId": "c"})
HOOK = Delivery("r", {"type": "webhook", "url": "https://hooks.example"})
LONGEST_VISIBILITY_TIMEOUT = 43_200  # SQS takes no more: 12 hours


class Outbox:
    """A request that is ready, with all that a delivery of it needs."""

    def __init__(self, record: Record | None = None, **errors: Exception) -> None:
        ready = record or a_record(state=RequestState.READY)
        self.requests = InMemoryRequests(ready)
        self.connections = InMemoryConnections(r=a_connection())
        self.targets = {kind: RecordingTarget(errors.get(kind)) for kind in ("bus", "sns", "webhook", "websocket")}
        self.clock = FakeClock()

    def deliver(self, delivery: Delivery, attempt: int = 1) -> None:
        deliver(
            delivery,
            attempt,
            requests=self.requests,
            connections=self.connections,
            targets=self.targets,
            clock=self.clock,
        )

    def taken(self, kind: str) -> list[str]:
        return [message.type for message, _ in self.targets[kind].taken]

    @property
    def delivered(self) -> frozenset[str]:
        return self.requests.records["r"].delivered


def test_queues_one_delivery_for_each_target() -> None:
    queue, record = RecordingQueue(), a_record(state=RequestState.READY)
    announce(record, queue)
    assert queue.queued == deliveries(record)


def test_what_is_queued_holds_no_url() -> None:
    queue = RecordingQueue()
    announce(a_record(state=RequestState.READY), queue)
    assert URL not in str(queue.queued)


@pytest.mark.parametrize("delivery", [SNS, SOCKET, HOOK], ids=lambda delivery: delivery.key)
def test_hands_the_message_to_the_target_that_is_named(delivery: Delivery) -> None:
    outbox = Outbox()
    outbox.deliver(delivery)
    ((message, target),) = outbox.targets[delivery.target["type"]].taken
    assert (message.type, message.data["url"], target) == ("stream.ready", URL, delivery.target)
    assert sum(len(target.taken) for target in outbox.targets.values()) == 1


def test_a_target_gets_the_message_once() -> None:
    outbox = Outbox()
    for _ in range(3):
        outbox.deliver(HOOK)
    assert outbox.taken("webhook") == ["stream.ready"]
    assert outbox.delivered == {HOOK.key}


def test_another_target_still_gets_it() -> None:
    outbox = Outbox(a_record(state=RequestState.READY, delivered=frozenset({SNS.key})))
    outbox.deliver(HOOK)
    assert outbox.delivered == {SNS.key, HOOK.key}


@pytest.mark.parametrize("error", [DeliveryFailed("busy", 3), DeliveryRefused("gone"), RuntimeError("bug")], ids=repr)
def test_a_failed_attempt_is_raised_and_not_kept_as_delivered(error: Exception) -> None:
    outbox = Outbox(webhook=error)
    with pytest.raises(type(error), match=str(error)):
        outbox.deliver(HOOK)
    assert outbox.delivered == frozenset()
    outbox.targets["webhook"].error = None
    outbox.deliver(HOOK)
    assert outbox.taken("webhook") == ["stream.ready"]


def test_a_failed_attempt_says_when_to_try_again_as_the_target_asked() -> None:
    outbox = Outbox(webhook=DeliveryFailed("busy", 17))
    with pytest.raises(DeliveryFailed) as caught:
        outbox.deliver(HOOK)
    assert caught.value.retry_after == 17


def test_an_attempt_that_would_come_after_the_url_s_end_is_not_made() -> None:
    outbox = Outbox(webhook=DeliveryFailed("busy", 120))
    with pytest.raises(DeliveryRefused, match="busy, and the URL expires before the next attempt"):
        outbox.deliver(HOOK)


def test_a_connection_that_is_gone_sends_nothing_to_a_topic_that_is_told_anyway() -> None:
    body = a_body(notify=[{"type": "websocket", "connectionId": "c"}, {"type": "sns"}])
    outbox = Outbox(a_record(body, state=RequestState.READY), websocket=DeliveryRefused("gone"))
    outbox.deliver(SOCKET)
    assert outbox.taken("sns") == []


def test_the_topic_gets_what_a_connection_that_is_gone_cannot_take() -> None:
    body = a_body(notify=[{"type": "websocket", "connectionId": "c"}])
    outbox = Outbox(a_record(body, state=RequestState.READY), websocket=DeliveryRefused("gone"))
    outbox.deliver(SOCKET)
    ((message, target),) = outbox.targets["sns"].taken
    assert (message.type, target) == ("stream.ready", {"type": "sns"})
    assert outbox.delivered == {SOCKET.key}


def test_a_connection_that_fails_is_tried_again_and_not_given_up() -> None:
    outbox = Outbox(websocket=DeliveryFailed("busy"))
    with pytest.raises(DeliveryFailed):
        outbox.deliver(SOCKET)
    assert outbox.taken("sns") == []


def test_a_record_that_is_gone_is_refused() -> None:
    with pytest.raises(DeliveryRefused, match="no record of request other"):
        Outbox().deliver(Delivery("other", {"type": "sns"}))


def test_a_late_attempt_never_hands_out_a_dead_url() -> None:
    outbox = Outbox()
    outbox.clock.advance(121)
    outbox.deliver(SNS)
    ((message, _),) = outbox.targets["sns"].taken
    assert (message.type, message.data["error"]) == ("stream.failed", "UrlExpired")


def test_a_failure_is_told_without_a_url_even_if_there_is_one() -> None:
    outbox = Outbox(a_record(state=RequestState.FAILED, failure=Failure("SomeError", "A sentence")))
    outbox.connections.put("r", Connection(URL, a_connection().expires_at))
    outbox.deliver(SNS)
    assert URL not in str([message.as_dict() for message, _ in outbox.targets["sns"].taken])


@pytest.mark.parametrize("attempt", [1, 2, 5, 20, 1000])
def test_the_pause_is_from_one_second_to_five_minutes(attempt: int) -> None:
    pauses = [pause_before_retry(attempt, None) for _ in range(200)]
    assert min(pauses) >= 1
    assert max(pauses) <= min(300, 2 * 2 ** (attempt - 1))


def test_pauses_differ_so_that_retries_spread() -> None:
    assert len({pause_before_retry(9, None) for _ in range(50)}) > 10


@pytest.mark.parametrize("retry_after", [1, 60, 299.6, 3600])
def test_a_target_that_asks_for_time_gets_it(retry_after: float) -> None:
    assert all(pause_before_retry(1, retry_after) >= int(retry_after) for _ in range(50))


@pytest.mark.parametrize("retry_after", [86_400.0, 1e12, float("inf")])
def test_no_pause_is_longer_than_the_queue_can_hide_a_message(retry_after: float) -> None:
    assert pause_before_retry(1, retry_after) <= LONGEST_VISIBILITY_TIMEOUT
