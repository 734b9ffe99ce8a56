"""The one shape of the functions that follow the changes of the records table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord

from greenroom.observability import logger, metrics


def changes(handle: Callable[[DynamoDBRecord], None]) -> Callable[[dict[str, Any], Any], PartialItemFailureResponse]:
    """Make a handler that handles each change of a batch, and tells which ones are to come again.

    Lambda halves a batch that failed until the change that fails is alone; then the function itself fails, so that
    its errors count.
    """
    processor = BatchProcessor(EventType.DynamoDBStreams)

    def logged(record: DynamoDBRecord) -> None:
        request_id = record.dynamodb.keys.get("id") if record.dynamodb and record.dynamodb.keys else None
        with logger.append_context_keys(request_id=request_id):
            try:
                handle(record)
            except Exception:
                # The batch processor only counts what it catches; it has to be seen.
                logger.exception(f"{handle.__name__} raised an error")
                raise

    @metrics.log_metrics
    @logger.inject_lambda_context
    def handler(event: dict[str, Any], context: Any) -> PartialItemFailureResponse:
        return process_partial_response(event=event, record_handler=logged, processor=processor, context=context)

    return handler
