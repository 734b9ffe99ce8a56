"""The event bus: rejections, and every outcome without its URL."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from greenroom.adapters.aws_errors import delivery_errors
from greenroom.delivery.channels import EVENT_SOURCE
from greenroom.delivery.message import Message
from greenroom.domain.errors import DeliveryFailed

if TYPE_CHECKING:
    from mypy_boto3_events.client import EventBridgeClient


class EventBridgeBus:
    """Puts events of source `greenroom` on one bus; also the channel of the target `bus`."""

    def __init__(self, client: EventBridgeClient, bus_name: str) -> None:
        self._client = client
        self._bus_name = bus_name

    def put(self, detail_type: str, detail: Mapping[str, Any]) -> None:
        entry = {
            "EventBusName": self._bus_name,
            "Source": EVENT_SOURCE,
            "DetailType": detail_type,
            "Detail": json.dumps(detail),
        }
        with delivery_errors("The bus"):
            answer = self._client.put_events(Entries=[entry])  # type: ignore[list-item]  # a TypedDict cannot be built apart
        # PutEvents answers 200 for entries that it did not take.
        if answer.get("FailedEntryCount"):
            raise DeliveryFailed(f"The bus did not take the event: {answer['Entries'][0].get('ErrorCode')}")

    def deliver(self, message: Message, target: Mapping[str, Any]) -> None:  # noqa: ARG002  # one bus
        self.put(message.detail_type, message.without_url())
