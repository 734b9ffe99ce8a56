"""Handing a message over to one target, by the channel for its kind."""

from __future__ import annotations

from collections.abc import Mapping

from greenroom.delivery.channels import Channel
from greenroom.delivery.message import SNS_TARGET, Delivery, Message
from greenroom.domain.errors import DeliveryRefused
from greenroom.record.model import Record
from greenroom.record.store import Records


def hand_over(
    message: Message, delivery: Delivery, record: Record, *, channels: Mapping[str, Channel], records: Records
) -> None:
    """DeliveryFailed or DeliveryRefused if the target did not take it."""
    target = delivery.target
    try:
        channels[target["type"]].deliver(message, target)
    except DeliveryRefused:
        # The client has gone, or its frame would be too large; the topic is where the outcome can still be found, if
        # the request wants that. Of several such connections one sees to it, at each of its attempts until the topic
        # has taken it.
        is_named = SNS_TARGET["type"] in {named["type"] for named in record.notify}
        if target["type"] != "websocket" or not (is_named or _may_fall_back(delivery, record)):
            raise
        if not is_named and records.own_fallback(record.id, delivery.key):
            channels["sns"].deliver(message, SNS_TARGET)


def _may_fall_back(delivery: Delivery, record: Record) -> bool:
    """As the record has it: a message of the queue is no authority."""
    asked = [named for named in record.notify if named.get("fallback") == SNS_TARGET["type"]]
    return delivery.key in {Delivery(record.id, named).key for named in asked}
