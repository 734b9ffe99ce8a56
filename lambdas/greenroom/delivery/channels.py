"""The ports that outcomes leave by. Each raises DeliveryFailed or DeliveryRefused, and no other error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from greenroom.delivery.message import Delivery, Message

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


class Letters(Protocol):
    """A queue that keeps, for people, what could not be done."""

    def put(self, letter: Mapping[str, Any]) -> None: ...
