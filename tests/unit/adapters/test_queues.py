"""The delivery queue and the queues of letters: real boto3 clients, and a receiver that plays SQS."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from greenroom.adapters.sqs import SqsDeadLetterQueue, SqsDeliveryQueue
from greenroom.delivery.message import Delivery
from tests.support.receiver import Answer, Receiver
from tests.unit.conftest import AwsClient

REFUSED = Answer(500, b"{}")


def bodies(receiver: Receiver) -> list[dict[str, Any]]:
    return [json.loads(got.body) for got in receiver.received]


def a_queue(aws_client: AwsClient) -> SqsDeliveryQueue:
    return SqsDeliveryQueue(aws_client("sqs"), "https://queue")


def test_every_delivery_is_queued_once(receiver: Receiver, aws_client: AwsClient) -> None:
    receiver.will_answer(200, {"MessageId": "1"})
    deliveries = [Delivery("r", {"type": "webhook", "url": f"https://hooks.example/{n}"}) for n in range(9)]
    a_queue(aws_client).put(deliveries)
    assert {body["QueueUrl"] for body in bodies(receiver)} == {"https://queue"}
    assert [Delivery.of(json.loads(body["MessageBody"])) for body in bodies(receiver)] == deliveries


def test_a_delivery_waits_in_the_group_of_its_owner(receiver: Receiver, aws_client: AwsClient) -> None:
    receiver.will_answer(200, {"MessageId": "1"})
    a_queue(aws_client).put([Delivery("r", {"type": "sns"}, "an-owner"), Delivery("r", {"type": "sns"})])
    assert [body.get("MessageGroupId") for body in bodies(receiver)] == ["an-owner", None]


def test_no_deliveries_are_no_call(receiver: Receiver, aws_client: AwsClient) -> None:
    a_queue(aws_client).put([])
    assert receiver.received == []


def test_a_delivery_that_the_queue_did_not_take_is_an_error(receiver: Receiver, aws_client: AwsClient) -> None:
    receiver.answers = [Answer(200, b'{"MessageId": "1"}'), REFUSED]
    with pytest.raises(ClientError):
        a_queue(aws_client).put([Delivery("r", {"type": "sns"}), Delivery("r", {"type": "bus"})])


def test_a_message_is_hidden_for_so_many_seconds(receiver: Receiver, aws_client: AwsClient) -> None:
    receiver.will_answer(200, {})
    a_queue(aws_client).hide("handle", 17)
    assert bodies(receiver) == [{"QueueUrl": "https://queue", "ReceiptHandle": "handle", "VisibilityTimeout": 17}]


def test_a_message_that_could_not_be_hidden_is_an_error(receiver: Receiver, aws_client: AwsClient) -> None:
    receiver.answers = [REFUSED]
    with pytest.raises(ClientError):
        a_queue(aws_client).hide("handle", 17)


def test_a_letter_is_kept_in_the_queue_that_is_for_letters(receiver: Receiver, aws_client: AwsClient) -> None:
    receiver.will_answer(200, {"MessageId": "1"})
    SqsDeadLetterQueue(aws_client("sqs"), "https://letters").put({"reason": "gone", "id": "r"})
    (sent,) = bodies(receiver)
    assert (sent["QueueUrl"], json.loads(sent["MessageBody"])) == ("https://letters", {"reason": "gone", "id": "r"})


def test_a_letter_that_was_not_kept_is_an_error(receiver: Receiver, aws_client: AwsClient) -> None:
    receiver.answers = [REFUSED]
    with pytest.raises(ClientError):
        SqsDeadLetterQueue(aws_client("sqs"), "https://letters").put({"reason": "gone"})
