"""The channels that outcomes leave by. Each raises DeliveryFailed or DeliveryRefused, and no other error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from greenroom.delivery.message import SNS_TARGET, Delivery, Message
from greenroom.domain.errors import DeliveryRefused
from greenroom.domain.metrics import HAND_OVER_TIME, Emit
from greenroom.domain.values import Clock
from greenroom.record.model import Record
from greenroom.record.store import Records

# The source of every event that Greenroom puts on its bus.
EVENT_SOURCE = "greenroom"


class Channel(Protocol):
    """One way to hand a message over, to the target that a delivery names."""

    def deliver(self, message: Message, target: Mapping[str, Any]) -> None: ...


class Frames(Protocol):
    """Clients that are connected now. DeliveryRefused when one has gone."""

    def post(self, connection_id: str, frame: Mapping[str, Any]) -> None: ...


class Bus(Protocol):
    """The event bus, which tells everyone and takes no secret."""

    def put(self, detail_type: str, detail: Mapping[str, Any]) -> None: ...


class Hidden(Protocol):
    """A queue whose messages can be hidden from those who take them."""

    def hide(self, receipt: str, seconds: int) -> None:
        """Let nobody else see the message of a receipt for so long from now."""
        ...


class DeliveryQueue(Hidden, Protocol):
    """The deliveries that are still to be made."""

    def put(self, deliveries: Sequence[Delivery]) -> None: ...


class DeadLetterQueue(Protocol):
    """A queue that keeps, for people, what could not be done."""

    def put(self, letter: Mapping[str, Any]) -> None: ...


class TimedChannel:
    """Hands each message on to the channel of a kind and, once that has taken it, emits how long it had waited."""

    def __init__(self, kind: str, channel: Channel, clock: Clock, emit: Emit) -> None:
        self._kind = kind
        self._channel = channel
        self._clock = clock
        self._emit = emit

    def deliver(self, message: Message, target: Mapping[str, Any]) -> None:
        self._channel.deliver(message, target)
        if message.waits_since:
            seconds = (self._clock() - message.waits_since).total_seconds()
            self._emit({HAND_OVER_TIME: seconds}, channel=self._kind)


def timed(channels: Mapping[str, Channel], clock: Clock, emit: Emit) -> dict[str, Channel]:
    return {kind: TimedChannel(kind, channel, clock, emit) for kind, channel in channels.items()}


def hand_over(
    message: Message, delivery: Delivery, record: Record, *, channels: Mapping[str, Channel], records: Records
) -> None:
    """Hand a message over by the channel for its target. DeliveryFailed or DeliveryRefused if that did not take it."""
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
    """Return whether the target may fall back, by the record: a message of the queue is no authority."""
    asked = [named for named in record.notify if named.get("fallback") == SNS_TARGET["type"]]
    return delivery.key in {Delivery(record.id, named).key for named in asked}
