from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from greenroom import bootstrap, delivery
from greenroom.domain import utc_now
from greenroom.errors import DeliveryFailed, DeliveryRefused
from greenroom.message import Delivery
from greenroom.observability import logger

processor = BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False)


def attempt(record: SQSRecord) -> None:
    queue, job = bootstrap.delivery_queue(), Delivery(**record.json_body)
    attempts = int(record.attributes.approximate_receive_count)
    try:
        delivery.deliver(
            job,
            attempts,
            requests=bootstrap.requests(),
            connections=bootstrap.connections(),
            targets=bootstrap.targets(),
            clock=utc_now,
            renewals=bootstrap.renewals(),
        )
    except DeliveryRefused as refused:
        logger.warning("Delivery refused", extra={"request_id": job.id, "reason": str(refused)})
        queue.bury({"reason": str(refused), **job.as_dict()})
    except DeliveryFailed as failed:
        logger.warning("Delivery failed", extra={"request_id": job.id, "reason": str(failed), "attempt": attempts})
        queue.put_off(record.receipt_handle, int(failed.retry_after or 0))
        raise
    except Exception:
        # The batch processor only counts what it catches; what nobody foresaw has to be seen.
        logger.exception("Delivery crashed", extra={"request_id": job.id, "attempt": attempts})
        raise


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> Any:
    return process_partial_response(event=event, record_handler=attempt, processor=processor, context=context)
