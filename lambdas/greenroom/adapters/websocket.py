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


class WebSocketConnections:
    """Posts frames to connections (`@connections`)."""

    def __init__(self, client: ApiGatewayManagementApiClient) -> None:
        self._client = client

    def deliver(self, message: Message, target: Mapping[str, Any]) -> None:
        self.post(target["connectionId"], message.as_dict())

    def post(self, connection_id: str, frame: Mapping[str, Any]) -> None:
        """Send one frame. DeliveryRefused when the connection is gone."""
        with delivery_errors("The WebSocket API"):
            try:
                self._client.post_to_connection(ConnectionId=connection_id, Data=json.dumps(frame).encode())
            except ClientError as error:
                # 410 for a connection that has ended, 400 for an id that was never one.
                if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") not in {400, 410}:
                    raise
                raise DeliveryRefused(f"WebSocket connection {connection_id} is gone") from None
