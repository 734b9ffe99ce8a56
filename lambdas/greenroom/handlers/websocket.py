from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent

from greenroom import bootstrap
from greenroom.observability import logged

clients = bootstrap.websocket()


@logged
def handler(event: dict[str, Any], context: object) -> dict[str, int]:  # noqa: ARG001
    """Let a client connect, and answer whatever it sends with its connection id, the name to ask for deliveries by.

    The id cannot be told at $connect: API Gateway opens the connection only after this function has answered.
    """
    request = APIGatewayProxyEvent(event).request_context
    if request.event_type == "MESSAGE" and request.connection_id:
        clients.post(request.connection_id, {"connectionId": request.connection_id})
    return {"statusCode": 200}
