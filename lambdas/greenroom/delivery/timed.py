"""Channels, with the time told that a message took to its target."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from greenroom.delivery.channels import Channel
from greenroom.delivery.message import Message
from greenroom.domain.metrics import HAND_OVER_TIME, Emit
from greenroom.domain.values import Clock


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
