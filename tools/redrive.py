"""Put what could not be delivered back into the queue of deliveries: `make redrive`, or `python -m tools.redrive`.

It leaves what is no delivery (refused requests, events and changes that no function took) and says what there is.
A delivery that was made in the meantime is not made again: the record of its request knows.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

# Long enough for one pass; what stays is given back at its end, and by itself when the pass is interrupted.
HIDDEN_SECONDS = 900


class RedriveError(RuntimeError):
    """There is nothing that could be redriven; the text says why."""


@dataclass
class Outcome:
    """What one pass did: how many deliveries it moved, and how many letters of which kind it left."""

    moved: int = 0
    left: Counter[str] = field(default_factory=Counter)


def redrive(sqs: SQSClient, source: str, destination: str, *, dry_run: bool = False) -> Outcome:
    """Move the deliveries that lie in one queue now to another. With `dry_run`, only count them.

    All letters are taken before the first is moved, so a delivery that fails again at once is not met again.
    """
    outcome, letters = Outcome(), _take_all(sqs, source)
    staying = {letter["ReceiptHandle"] for letter in letters}
    try:
        for letter in letters:
            body = _parsed(letter["Body"])
            delivery = _delivery(body)
            if delivery is None:
                outcome.left[_reason(body)] += 1
                continue
            outcome.moved += 1
            if not dry_run:
                # Sent before it is deleted: an interruption makes two of it, never none.
                sqs.send_message(QueueUrl=destination, MessageBody=json.dumps(delivery))
                sqs.delete_message(QueueUrl=source, ReceiptHandle=letter["ReceiptHandle"])
                staying.discard(letter["ReceiptHandle"])
    finally:
        for handle in staying:
            sqs.change_message_visibility(QueueUrl=source, ReceiptHandle=handle, VisibilityTimeout=0)
    return outcome


def queues(stack: str) -> tuple[str, str]:
    """The URLs of the dead-letter queue and of the queue of deliveries. RedriveError if the stack has none."""
    try:
        (found,) = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    except ClientError as error:
        raise RedriveError(f"The stack {stack} cannot be read: {error.response['Error']['Message']}") from None
    outputs = {item["OutputKey"]: item["OutputValue"] for item in found.get("Outputs", [])}
    missing = {"DeadLetterQueueUrl", "DeliveryQueueUrl"} - set(outputs)
    if missing:
        raise RedriveError(f"The stack {stack} has no output {' and no '.join(sorted(missing))}: deploy it again")
    return outputs["DeadLetterQueueUrl"], outputs["DeliveryQueueUrl"]


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


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _delivery(body: Any) -> dict[str, Any] | None:
    """What the queue of deliveries takes, without the reason why it failed; None for a letter of another kind."""
    if isinstance(body, Mapping) and isinstance(body.get("id"), str) and isinstance(body.get("target"), Mapping):
        return {"id": body["id"], "target": body["target"]}
    return None


def _reason(body: Any) -> str:
    """Say in words why a letter lies here."""
    if not isinstance(body, Mapping):
        return "not a letter of Greenroom's"
    if context := body.get("requestContext"):
        function = str(context.get("functionArn", "a function")).split(":function:")[-1].split(":")[0]
        return f"{function} failed ({context.get('condition', 'reason unknown')})"
    if "detail-type" in body:
        return f"event {body['detail-type']} did not reach its function"
    return str(body.get("reason", "not a letter of Greenroom's"))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tools.redrive",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="boto3 finds region, credentials and endpoint: after `source .greenroom/env` the local stack's.\n"
        "Exit codes: 0 done, 1 not done (stderr says why), 2 wrong arguments.",
    )
    parser.add_argument("--stack", default="Greenroom", help="the name of the stack (default: %(default)s)")
    parser.add_argument("--dry-run", action="store_true", help="only say what there is; move nothing")
    return parser.parse_args()


def main() -> int:
    arguments = _arguments()
    try:
        source, destination = queues(arguments.stack)
        outcome = redrive(boto3.client("sqs"), source, destination, dry_run=arguments.dry_run)
    except (RedriveError, ClientError, BotoCoreError) as error:
        print(f"redrive: {error}", file=sys.stderr)
        return 1
    print(f"{'to be moved back' if arguments.dry_run else 'moved back'} for delivery: {outcome.moved}")
    print(f"left in the dead-letter queue: {outcome.left.total()}")
    for reason, count in sorted(outcome.left.items()):
        print(f"  {count} x {reason}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
