"""Connections of Greenroom's own WebSocket API."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from greenroom.adapters.aws_errors import delivery_errors
from greenroom.delivery.message import Message
from greenroom.domain.errors import DeliveryRefused

if TYPE_CHECKING:
    from mypy_boto3_apigatewaymanagementapi.client import ApiGatewayManagementApiClient


# In bytes. A larger one closes the connection (1009):
# https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
LARGEST_FRAME = 32 * 1024


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
