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
        """How many deliveries were given up, about."""
        with plain_errors():
            return waiting(self._sqs, self._dead_letters)

    def redrive(self) -> int:
        """Put them back, and return how many they were."""
        with plain_errors():
            return redrive(self._sqs, self._dead_letters, self._deliveries)


def redrive(sqs: SQSClient, source: str, destination: str) -> int:
    """Move all messages that are in one queue now to another. Returns how many.

    All are taken before the first is moved, so that a delivery that fails again at once is not met again. A message
    that is sent has a new age; one that SQS's own StartMessageMoveTask moves has, too.
    """
    letters = _take_all(sqs, source)
    for letter in letters:
        # Sent before it is deleted: an interruption makes two of it, never none.
        sqs.send_message(QueueUrl=destination, MessageBody=letter["Body"])
        sqs.delete_message(QueueUrl=source, ReceiptHandle=letter["ReceiptHandle"])
    return len(letters)


def waiting(sqs: SQSClient, queue: str) -> int:
    """How many messages a queue has, about."""
    answer = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["ApproximateNumberOfMessages"])
    return int(answer["Attributes"]["ApproximateNumberOfMessages"])


def _take_all(sqs: SQSClient, source: str) -> list[MessageTypeDef]:
    """Every message of the queue, hidden from others meanwhile. Ends when the queue has nothing that is new."""
    taken: dict[str, MessageTypeDef] = {}
    while batch := sqs.receive_message(
        QueueUrl=source, MaxNumberOfMessages=10, VisibilityTimeout=HIDDEN_SECONDS, WaitTimeSeconds=2
    ).get("Messages"):
        known = set(taken)
        taken |= {letter["MessageId"]: letter for letter in batch}
        if known == set(taken):
            break
    return list(taken.values())
