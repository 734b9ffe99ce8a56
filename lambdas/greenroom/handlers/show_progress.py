from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.data_classes import DynamoDBStreamEvent

from greenroom import bootstrap
from greenroom.adapters.request_items import from_item
from greenroom.delivery import show_progress
from greenroom.observability import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: object) -> None:  # noqa: ARG001
    """Tell connected clients what the service last said; the mapping's filter lets only watched requests through."""
    for change in DynamoDBStreamEvent(event).records:
        if change.dynamodb and change.dynamodb.new_image and change.dynamodb.old_image:
            before, after = from_item(change.dynamodb.old_image), from_item(change.dynamodb.new_image)
            show_progress(before, after, bootstrap.websocket())
