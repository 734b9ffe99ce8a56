from __future__ import annotations

from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent

from greenroom import bootstrap
from greenroom.domain.caller import Caller
from greenroom.domain.errors import NotAllowed
from greenroom.observability import logged, logger

clients, origins, owners = bootstrap.websocket(), bootstrap.origins(), bootstrap.owners()


@logged
def handler(event: dict[str, Any], context: object) -> dict[str, int]:  # noqa: ARG001
    """Let a client connect, and answer whatever it sends with its connection id, which requests name as a target.

    The id cannot be sent at $connect: API Gateway opens the connection only after this function has answered. The owner
    is stored by then, so that nobody else can name this connection.
    """
    request = APIGatewayProxyEvent(event).request_context
    if request.event_type == "CONNECT" and request.connection_id:
        try:
            caller = owners.admitted(Caller(request.identity.user_arn or ""))
        except NotAllowed as refused:
            logger.warning(str(refused))
            return {"statusCode": HTTPStatus.FORBIDDEN}
        origins.keep_owner(request.connection_id, owners.owner(caller.arn))
    if request.event_type == "MESSAGE" and request.connection_id:
        clients.post(request.connection_id, {"connectionId": request.connection_id})
    return {"statusCode": 200}
