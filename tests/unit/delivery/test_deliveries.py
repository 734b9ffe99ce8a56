"""The deliveries of an outcome: one for each target, read again from the queue and from the dead letters."""

from __future__ import annotations

from greenroom.delivery.message import Delivery, deliveries
from tests.support.examples import a_body, a_record

HOOK = {"type": "webhook", "url": "https://hooks.example/x"}
SOCKET = {"type": "websocket", "connectionId": "c="}


def test_the_bus_always_gets_a_delivery_and_the_topic_when_nobody_is_named() -> None:
    assert deliveries(a_record()) == [Delivery("r", {"type": "bus"}), Delivery("r", {"type": "sns"})]


def test_the_topic_gets_none_when_others_are_named() -> None:
    named = deliveries(a_record(a_body(notify=[HOOK, SOCKET])))
    assert [dict(delivery.target) for delivery in named] == [{"type": "bus"}, HOOK, SOCKET]


def test_a_target_that_is_named_twice_gets_one_delivery() -> None:
    other = HOOK | {"url": "https://hooks.example/y"}
    named = deliveries(a_record(a_body(notify=[HOOK, SOCKET, HOOK, other, {"type": "sns"}, SOCKET, {"type": "sns"}])))
    assert len(named) == len({delivery.key for delivery in named}) == 5


def test_a_target_that_has_had_the_outcome_gets_none() -> None:
    record = a_record(a_body(notify=[HOOK, SOCKET]), delivered=frozenset({"bus", "websocket:c="}))
    assert deliveries(record) == [Delivery("r", HOOK)]


def test_a_delivery_is_read_from_what_was_queued() -> None:
    for delivery in deliveries(a_record(a_body(notify=[HOOK, SOCKET]))):
        assert Delivery.of(delivery.as_dict()) == delivery


def test_a_delivery_is_read_from_a_dead_letter_with_its_reason() -> None:
    for delivery in deliveries(a_record(a_body(notify=[HOOK, SOCKET]))):
        assert Delivery.of({"reason": "410 Gone", **delivery.as_dict()}) == delivery
