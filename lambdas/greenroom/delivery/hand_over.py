"""Handing a message over to one target, by the channel for its kind."""

from __future__ import annotations

from collections.abc import Mapping

from greenroom.delivery.channels import Channel
from greenroom.delivery.message import SNS_TARGET, Message
from greenroom.domain.errors import DeliveryRefused
from greenroom.record.model import Record, Target


def hand_over(message: Message, target: Target, record: Record, channels: Mapping[str, Channel]) -> None:
    """DeliveryFailed or DeliveryRefused if the target did not take it."""
    try:
        channels[target["type"]].deliver(message, target)
    except DeliveryRefused:
        if target["type"] != "websocket":
            raise
        # The client has gone; the topic is where the outcome can still be found.
        if SNS_TARGET["type"] not in {named["type"] for named in record.notify}:
            channels["sns"].deliver(message, SNS_TARGET)
