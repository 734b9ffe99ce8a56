from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from greenroom import bootstrap
from greenroom.delivery.attempts import Receipt
from greenroom.delivery.message import Delivery
from greenroom.domain.errors import DeliveryError, DeliveryFailed, DeliveryRefused
from greenroom.observability import about, logged, logger

attempts = bootstrap.attempts()


def attempt(message: dict[str, Any]) -> str | None:
    """Make one attempt. Return the message's id if it has to come again."""
    message_id, known, body = str(message["messageId"]), message["attributes"], message["body"]
    delivery, receives = read(body), int(known["ApproximateReceiveCount"])
    sent_at = datetime.fromtimestamp(int(known["SentTimestamp"]) / 1000, UTC)
    with about(message_id if isinstance(delivery, DeliveryRefused) else delivery.id, receives=receives):
        try:
            if isinstance(delivery, DeliveryRefused):
                error: DeliveryError | None = attempts.keep(body, delivery)
            else:
                error = attempts.make(delivery, Receipt(message["receiptHandle"], receives, sent_at))
        except Exception:  # noqa: BLE001  # what nobody foresaw has to be seen, and comes again
            logger.exception("Delivery raised an error")
            return message_id
        if error:
            logger.warning(type(error).__name__, extra={"reason": str(error)})
    return message_id if isinstance(error, DeliveryFailed) else None


def read(body: str) -> Delivery | DeliveryRefused:
    """Return the delivery of a message, or why it has none."""
    try:
        return Delivery.of(json.loads(body))
    except (ValueError, RecursionError):
        return DeliveryRefused("The message is no delivery: it is not JSON")
    except DeliveryRefused as junk:
        return junk


@logged
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001
    """Attempt all deliveries of a batch at once, so that none waits for another. Return those that come again."""
    messages = event["Records"]
    if len(messages) == 1:  # as most batches are; that needs no thread
        again = [attempt(messages[0])]
    else:
        with ThreadPoolExecutor(len(messages)) as threads:
            again = list(threads.map(attempt, messages))
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in again if message_id]}
