"""The queues that functions take messages from, and the queues that keep letters for people."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from greenroom.delivery.message import Delivery

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient


class SqsQueue:
    """A queue whose messages a function takes."""

    def __init__(self, client: SQSClient, queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def hide(self, receipt: str, seconds: int) -> None:
        """Let nobody else see the message for so long from now; in all at most 12 hours from its receipt.

        https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html
        """
        self._client.change_message_visibility(
            QueueUrl=self._queue_url, ReceiptHandle=receipt, VisibilityTimeout=seconds
        )


class SqsDeliveryQueue(SqsQueue):
    def put(self, deliveries: Sequence[Delivery]) -> None:
        # One by one: a batch answers 200 for entries that it did not take, and there are never more than a handful.
        for delivery in deliveries:
            # On a standard queue, groups are for fairness: SQS prefers those that keep its consumers less busy.
            # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html
            group: Any = {"MessageGroupId": delivery.group} if delivery.group else {}
            self._client.send_message(QueueUrl=self._queue_url, MessageBody=json.dumps(delivery.as_dict()), **group)


class SqsDeadLetterQueue:
    """A queue that nothing consumes but people: dead letters, or rejected requests."""

    def __init__(self, client: SQSClient, queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def put(self, letter: Mapping[str, Any]) -> None:
        self._client.send_message(QueueUrl=self._queue_url, MessageBody=json.dumps(letter))
