from __future__ import annotations

from functools import partial
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from greenroom import bootstrap
from greenroom.delivery import attempts
from greenroom.delivery.message import Delivery
from greenroom.domain.errors import DeliveryFailed
from greenroom.domain.values import utc_now
from greenroom.observability import about, logger

processor = BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False)
queue, letters = bootstrap.delivery_queue(), bootstrap.dead_letters()
deliver = partial(
    attempts.deliver,
    records=bootstrap.records(),
    stream_urls=bootstrap.stream_urls(),
    channels=bootstrap.channels(),
    clock=utc_now,
    link_to=bootstrap.link_to,
    renew=bootstrap.renew(),
)


def attempt(record: SQSRecord) -> None:
    delivery, number = Delivery.of(record.json_body), int(record.attributes.approximate_receive_count)
    with about(delivery.id, attempt=number):
        try:
            error = attempts.attempt(
                delivery, record.receipt_handle, number, deliver=deliver, queue=queue, letters=letters
            )
        except Exception:
            # The batch processor only counts what it catches; what nobody foresaw has to be seen.
            logger.exception("Delivery raised an error")
            raise
        if error:
            logger.warning(type(error).__name__, extra={"reason": str(error)})
        if isinstance(error, DeliveryFailed):
            raise error


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> Any:
    return process_partial_response(event=event, record_handler=attempt, processor=processor, context=context)
