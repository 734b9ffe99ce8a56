from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.data_classes import DynamoDBStreamEvent

from greenroom import bootstrap
from greenroom.adapters.request_items import from_item
from greenroom.domain import SessionRef
from greenroom.observability import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: object) -> None:  # noqa: ARG001
    """Stop the sessions that ended requests have started; the mapping's filter lets only those through."""
    for change in DynamoDBStreamEvent(event).records:
        if change.dynamodb and change.dynamodb.new_image:
            request = from_item(change.dynamodb.new_image).request
            bootstrap.provider().release(SessionRef(request.studio_id, request.session_id), session_started=True)
