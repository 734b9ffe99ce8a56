"""The delivery queue and its dead-letter queue."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from greenroom.message import Delivery

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient


class SqsDeliveryQueue:
    """An adapter holds one URL, or both, as its function needs them."""

    def __init__(self, client: SQSClient, *, queue_url: str = "", dead_letter_queue_url: str = "") -> None:
        self._client = client
        self._queue_url = queue_url
        self._dead_letter_queue_url = dead_letter_queue_url

    def put(self, deliveries: Sequence[Delivery]) -> None:
        # One by one: a batch answers 200 for entries that it did not take, and there are never more than a handful.
        for delivery in deliveries:
            self._client.send_message(QueueUrl=self._queue_url, MessageBody=json.dumps(delivery.as_dict()))

    def bury(self, letter: Mapping[str, Any]) -> None:
        self._client.send_message(QueueUrl=self._dead_letter_queue_url, MessageBody=json.dumps(letter))

    def put_off(self, receipt_handle: str, seconds: int) -> None:
        """Hide a message that is being handled for so long before it is tried again."""
        self._client.change_message_visibility(
            QueueUrl=self._queue_url, ReceiptHandle=receipt_handle, VisibilityTimeout=seconds
        )
