from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.data_classes import SQSEvent

from greenroom import bootstrap
from greenroom.delivery.event_requests import NO_EVENT, Asked
from greenroom.domain.errors import ThrottlingException
from greenroom.observability import about, errors_logged, logged, logger

requests, rejections = bootstrap.event_requests(), bootstrap.rejections()


@logged
def handler(event: dict[str, Any], context: object) -> dict[str, list[dict[str, str]]]:  # noqa: ARG001
    """Start the flow for the one `Stream Requested` event of a message.

    What Step Functions throttles is no error of this function: the message is reported, and comes again.
    """
    (message,) = SQSEvent(event).records
    asked = Asked.read(message.body)
    if asked is None:
        rejections.keep(message.body, NO_EVENT)
        logger.warning(NO_EVENT, extra={"message_id": message.message_id})
        return _failures()
    with about(asked.id), errors_logged("accept_event"):
        try:
            requests.take(asked, message.receipt_handle, int(message.attributes.approximate_receive_count))
        except ThrottlingException as throttled:
            logger.info(str(throttled))
            return _failures(message.message_id)
    return _failures()


def _failures(*message_ids: str) -> dict[str, list[dict[str, str]]]:
    """Return what Lambda does not delete: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html."""
    return {"batchItemFailures": [{"itemIdentifier": each} for each in message_ids]}
