from __future__ import annotations

from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.data_classes import DynamoDBStreamEvent

from greenroom import bootstrap
from greenroom.adapters.request_items import from_item
from greenroom.delivery import announce, show_progress
from greenroom.observability import logger, metrics


@metrics.log_metrics
@logger.inject_lambda_context
def handler(event: dict[str, Any], context: object) -> None:  # noqa: ARG001
    """Queue the outcome of each request that has ended or got a fresh URL; show the progress of the others.

    The mapping's filters let nothing else through.
    """
    for change in DynamoDBStreamEvent(event).records:
        if change.dynamodb and change.dynamodb.new_image and change.dynamodb.old_image:
            before, after = from_item(change.dynamodb.old_image), from_item(change.dynamodb.new_image)
            if after.state.is_terminal:
                announce(after, bootstrap.delivery_queue())
                if not before.state.is_terminal:
                    metrics.add_metric(name=f"stream.{after.state}", unit=MetricUnit.Count, value=1)
            else:
                show_progress(before, after, bootstrap.websocket())
