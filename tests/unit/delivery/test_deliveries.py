"""The deliveries of an outcome: one for each target, read again from the queue and from the dead letters."""

from __future__ import annotations

import pytest

from greenroom.delivery.message import Delivery, deliveries
from greenroom.domain.errors import DeliveryRefused
from greenroom.record.model import Record
from tests.support.examples import OWNER, a_body, a_record

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


def test_a_delivery_that_the_release_before_queued_has_no_mark_and_is_not_bound_to_its_target() -> None:
    queued, marked = Delivery.of({"id": "r", "target": HOOK}), deliveries(a_record(a_body(notify=[HOOK])))[1]
    assert (queued.bound, marked.bound) == (False, True)
    assert (queued.as_dict(), marked.as_dict()) == (
        {"id": "r", "target": HOOK},
        {"id": "r", "target": HOOK, "binding": 1},
    )
    assert [Delivery.of({"reason": "x", **each.as_dict()}).bound for each in (queued, marked)] == [False, True]


OTHER_HOOK = {"type": "webhook", "url": "https://other.example/y"}


def groups(record: Record) -> list[str]:
    return [delivery.group for delivery in deliveries(record)]


def test_all_deliveries_of_an_owner_wait_together_whatever_their_hosts() -> None:
    mine, more = a_record(a_body(notify=[HOOK, SOCKET, OTHER_HOOK])), a_record(a_body(notify=[OTHER_HOOK]), id="s")
    assert mine.owner == more.owner == OWNER
    assert len({*groups(mine), *groups(more)}) == 1
    assert set(groups(mine)) & set(groups(a_record(a_body(notify=[HOOK]), owner="somebody else"))) == set()


def test_where_a_request_has_no_owner_those_at_one_host_do() -> None:
    same_host = HOOK | {"url": "https://HOOKS.example:443/other"}
    bus, first, second, other = groups(a_record(a_body(notify=[HOOK, same_host, OTHER_HOOK]), owner=None))
    assert first == second
    assert len({bus, first, other}) == 3


def test_a_group_s_name_is_one_that_sqs_takes_and_names_no_owner() -> None:
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html."""
    for record in (a_record(owner="arn:aws:sts::000000000000:assumed-role/" + "r" * 200), a_record(owner=None)):
        assert all(len(group) <= 128 and group.isalnum() for group in groups(record))
        assert not any("arn" in group for group in groups(record))


def test_each_kind_of_target_without_a_host_waits_apart_where_a_request_has_no_owner() -> None:
    assert len({*groups(a_record(a_body(notify=[{"type": "sns"}, SOCKET]), owner=None))}) == 3


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (None, "it has no id or no target"),
        ("text", "it has no id or no target"),
        ([], "it has no id or no target"),
        ({}, "it has no id or no target"),
        ({"id": "r"}, "it has no id or no target"),
        ({"target": {"type": "sns"}}, "it has no id or no target"),
        ({"id": "", "target": {"type": "sns"}}, "it has no id or no target"),
        ({"id": 5, "target": {"type": "sns"}}, "it has no id or no target"),
        ({"id": "r", "target": "sns"}, "it has no id or no target"),
        ({"id": "r", "target": {}}, "nobody knows its type of target"),
        ({"id": "r", "target": {"type": "pigeon"}}, "nobody knows its type of target"),
        ({"id": "r", "target": {"type": ["sns"]}}, "nobody knows its type of target"),
        ({"id": "r", "target": {"type": "webhook"}}, "its target has no address"),
        ({"id": "r", "target": {"type": "webhook", "url": 5}}, "its target has no address"),
        ({"id": "r", "target": {"type": "websocket"}}, "its target has no address"),
    ],
)
def test_what_is_no_delivery_is_refused_with_the_reason(body: object, reason: str) -> None:
    with pytest.raises(DeliveryRefused, match=f"^The message is no delivery: {reason}$"):
        Delivery.of(body)
