"""Put what could not be delivered back into the delivery queue: `make redrive`, or `python -m tools.redrive`.

A delivery that was made in the meantime is not made again: the record of its request knows.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from tools.api import StackNotReady, outputs
from tools.options import parser_of

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

# Long enough for one pass. What is not moved, after an interruption, shows again by itself.
HIDDEN_SECONDS = 900


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


def _arguments() -> argparse.Namespace:
    parser = parser_of("tools.redrive", __doc__)
    parser.add_argument("--dry-run", action="store_true", help="only say how many there are; move nothing")
    return parser.parse_args()


def main() -> int:
    arguments = _arguments()
    try:
        source, destination = outputs(arguments.stack, "DeadLetterQueueUrl", "DeliveryQueueUrl").values()
        sqs = boto3.client("sqs")
        if arguments.dry_run:
            print(f"to be moved back for delivery: {waiting(sqs, source)}")
        else:
            print(f"moved back for delivery: {redrive(sqs, source, destination)}")
    except (StackNotReady, ClientError, BotoCoreError) as error:
        print(f"redrive: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
