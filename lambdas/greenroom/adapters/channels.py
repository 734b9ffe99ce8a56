"""The channels that AWS runs: the topic, the event bus, and the connections of our own WebSocket API."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from greenroom.adapters.aws_errors import delivery_errors
from greenroom.delivery.channels import EVENT_SOURCE
from greenroom.delivery.message import Message
from greenroom.domain.errors import DeliveryFailed, DeliveryRefused

if TYPE_CHECKING:
    from mypy_boto3_apigatewaymanagementapi.client import ApiGatewayManagementApiClient
    from mypy_boto3_events.client import EventBridgeClient
    from mypy_boto3_sns.client import SNSClient

# `studioId` is Nimble Studio's; a filter policy may name what is not always there.
_ATTRIBUTES = ("provider", "id", "studioId")
# In bytes. A larger one closes the connection (1009):
# https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
LARGEST_FRAME = 32 * 1024


class SnsTopic:
    """The message as JSON, with attributes that subscriptions can filter on."""

    def __init__(self, client: SNSClient, topic_arn: str) -> None:
        self._client = client
        self._topic_arn = topic_arn

    def deliver(self, message: Message, target: Mapping[str, Any]) -> None:  # noqa: ARG002  # one topic
        attributes = {"type": message.type} | {name: message.data[name] for name in _ATTRIBUTES if name in message.data}
        with delivery_errors("The topic"):
            self._client.publish(
                TopicArn=self._topic_arn,
                Message=json.dumps(message.as_dict()),
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": str(value)} for name, value in attributes.items()
                },
            )


class EventBridgeBus:
    """Puts events of source `greenroom` on one bus: rejections, and every outcome without its URL."""

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


class WebSocketConnections:
    """Posts frames to connections (`@connections`)."""

    def __init__(self, client: ApiGatewayManagementApiClient) -> None:
        self._client = client

    def deliver(self, message: Message, target: Mapping[str, Any]) -> None:
        self.post(target["connectionId"], message.as_dict())

    def post(self, connection_id: str, frame: Mapping[str, Any]) -> None:
        """Send one frame. DeliveryRefused when the connection is gone, or the frame too large for any."""
        # As UTF-8: escaped, a letter beyond ASCII takes up to three times its bytes. Half of a character, which a
        # service's words may have, cannot be written so.
        data = json.dumps(frame, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")
        if len(data) > LARGEST_FRAME:
            raise DeliveryRefused(f"A frame of {len(data)} bytes is larger than a WebSocket connection takes")
        with delivery_errors("The WebSocket API"):
            try:
                self._client.post_to_connection(ConnectionId=connection_id, Data=data)
            except ClientError as error:
                # 410 for a connection that has ended, 400 for an id that was never one.
                if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") not in {400, 410}:
                    raise
                raise DeliveryRefused(f"WebSocket connection {connection_id} is gone") from None
