"""The delivery queue and its dead-letter queue."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from greenroom.errors import DeliveryFailed
from greenroom.message import Delivery

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient

_BATCH = 10  # SQS takes no more at once


class SqsDeliveryQueue:
    """An adapter holds one URL, or both, as its function needs them."""

    def __init__(self, client: SQSClient, *, queue_url: str = "", dead_letter_queue_url: str = "") -> None:
        self._client = client
        self._queue_url = queue_url
        self._dead_letter_queue_url = dead_letter_queue_url

    def put(self, deliveries: Sequence[Delivery]) -> None:
        for start in range(0, len(deliveries), _BATCH):
            entries = [
                {"Id": str(index), "MessageBody": json.dumps(delivery.as_dict())}
                for index, delivery in enumerate(deliveries[start : start + _BATCH])
            ]
            answer = self._client.send_message_batch(QueueUrl=self._queue_url, Entries=entries)  # type: ignore[arg-type]
            # SendMessageBatch answers 200 for entries that it did not take.
            if failed := answer.get("Failed"):
                raise DeliveryFailed(f"The delivery queue did not take {len(failed)} of {len(entries)} deliveries")

    def bury(self, letter: Mapping[str, Any]) -> None:
        self._client.send_message(QueueUrl=self._dead_letter_queue_url, MessageBody=json.dumps(letter))

    def put_off(self, receipt_handle: str, seconds: int) -> None:
        """Hide a message that is being handled for so long before it is tried again."""
        self._client.change_message_visibility(
            QueueUrl=self._queue_url, ReceiptHandle=receipt_handle, VisibilityTimeout=seconds
        )
