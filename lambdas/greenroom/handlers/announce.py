from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.data_classes import DynamoDBStreamEvent

from greenroom import bootstrap
from greenroom.adapters.request_items import from_item
from greenroom.delivery import announce
from greenroom.observability import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: object) -> None:  # noqa: ARG001
    """Queue the deliveries of each request that has just ended; the mapping's filter lets no other change through."""
    for change in DynamoDBStreamEvent(event).records:
        if change.dynamodb and change.dynamodb.new_image:
            announce(from_item(change.dynamodb.new_image), bootstrap.delivery_queue())
