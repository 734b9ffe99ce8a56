"""Putting what could not be delivered back into the delivery queue.

A delivery that was made in the meantime is not made again: the record of its request knows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from greenroom_cli.deployment import Deployment, plain_errors

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

# Long enough for one pass. What is not moved, after an interruption, shows again by itself.
HIDDEN_SECONDS = 900


class Queues:
    """The queues of a deployment, for those who run it."""

    def __init__(self, deployment: Deployment) -> None:
        self._dead_letters = deployment.output("DeadLetterQueueUrl")
        self._deliveries = deployment.output("DeliveryQueueUrl")
        self._sqs = deployment.client("sqs")

    def dead_letters(self) -> int:
        """Return about how many deliveries were given up."""
        with plain_errors():
            return waiting(self._sqs, self._dead_letters)

    def redrive(self) -> int:
        """Put them back, and return how many they were."""
        with plain_errors():
            return redrive(self._sqs, self._dead_letters, self._deliveries)


def redrive(sqs: SQSClient, source: str, destination: str) -> int:
    """Move all messages that are in one queue now to another. Return how many.

    Receive all before moving the first, so that a delivery that fails again at once is not moved twice. A message gets
    a new age, as it does by SQS's own StartMessageMoveTask.
    """
    letters = _take_all(sqs, source)
    for letter in letters:
        # Sent before it is deleted: an interruption makes two of it, never none.
        sqs.send_message(QueueUrl=destination, MessageBody=letter["Body"])
        sqs.delete_message(QueueUrl=source, ReceiptHandle=letter["ReceiptHandle"])
    return len(letters)


def waiting(sqs: SQSClient, queue: str) -> int:
    """Return about how many messages a queue has."""
    answer = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["ApproximateNumberOfMessages"])
    return int(answer["Attributes"]["ApproximateNumberOfMessages"])


def _take_all(sqs: SQSClient, source: str) -> list[MessageTypeDef]:
    """Return every message of the queue, hidden from others meanwhile. Stop when nothing new comes."""
    taken: dict[str, MessageTypeDef] = {}
    while batch := sqs.receive_message(
        QueueUrl=source, MaxNumberOfMessages=10, VisibilityTimeout=HIDDEN_SECONDS, WaitTimeSeconds=2
    ).get("Messages"):
        known = set(taken)
        taken |= {letter["MessageId"]: letter for letter in batch}
        if known == set(taken):
            break
    return list(taken.values())
