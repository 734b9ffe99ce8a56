"""The queue, the bus, the topic and the connections: real boto3 clients, and a receiver that plays the service."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs

import pytest
from botocore.exceptions import ClientError

from greenroom.adapters.eventbridge import EventBridgeBus
from greenroom.adapters.sns import SnsTopic
from greenroom.adapters.sqs import SqsDeliveryQueue
from greenroom.adapters.websocket import WebSocketConnections
from greenroom.domain import RequestState
from greenroom.errors import DeliveryError, DeliveryFailed, DeliveryRefused
from greenroom.message import Delivery, compose
from greenroom.ports import Target
from tests.unit.conftest import AwsClient
from tests.unit.examples import URL, a_connection, a_record
from tests.unit.fakes import NOW
from tests.unit.receiver import Answer, Receiver

MESSAGE = compose(a_record(state=RequestState.READY, settled_at=NOW), a_connection(), NOW)
PUBLISHED = b"<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>"
SOCKET = {"type": "websocket", "connectionId": "c="}


def bodies(receiver: Receiver) -> list[dict[str, Any]]:
    return [json.loads(got.body) for got in receiver.received]


def a_queue(aws_client: AwsClient) -> SqsDeliveryQueue:
    return SqsDeliveryQueue(aws_client("sqs"), queue_url="https://queue", dead_letter_queue_url="https://dead")


def test_every_delivery_is_queued_once(receiver: Receiver, aws_client: AwsClient) -> None:
    receiver.will_answer(200, {"MessageId": "1"})
    deliveries = [Delivery("r", {"type": "webhook", "url": f"https://hooks.example/{n}"}) for n in range(9)]
    a_queue(aws_client).put(deliveries)
    assert {body["QueueUrl"] for body in bodies(receiver)} == {"https://queue"}
    assert [Delivery(**json.loads(body["MessageBody"])) for body in bodies(receiver)] == deliveries


def test_no_deliveries_are_no_call(receiver: Receiver, aws_client: AwsClient) -> None:
    a_queue(aws_client).put([])
    assert receiver.received == []


def test_a_delivery_that_the_queue_did_not_take_is_an_error(receiver: Receiver, aws_client: AwsClient) -> None:
    receiver.answers = [Answer(200, b'{"MessageId": "1"}'), Answer(500, b"{}")]
    with pytest.raises(ClientError):
        a_queue(aws_client).put([Delivery("r", {"type": "sns"}), Delivery("r", {"type": "bus"})])


def test_a_letter_is_buried_in_the_other_queue(receiver: Receiver, aws_client: AwsClient) -> None:
    receiver.will_answer(200, {"MessageId": "1"})
    a_queue(aws_client).bury({"reason": "gone"})
    (sent,) = bodies(receiver)
    assert (sent["QueueUrl"], json.loads(sent["MessageBody"])) == ("https://dead", {"reason": "gone"})


def test_a_message_is_put_off(receiver: Receiver, aws_client: AwsClient) -> None:
    receiver.will_answer(200, {})
    a_queue(aws_client).put_off("handle", 17)
    assert bodies(receiver) == [{"QueueUrl": "https://queue", "ReceiptHandle": "handle", "VisibilityTimeout": 17}]


def test_the_bus_gets_the_message_without_its_url(receiver: Receiver, aws_client: AwsClient) -> None:
    receiver.will_answer(200, {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]})
    EventBridgeBus(aws_client("events"), "a-bus").deliver(MESSAGE, {"type": "bus"})
    ((entry,),) = (body["Entries"] for body in bodies(receiver))
    assert (entry["EventBusName"], entry["Source"], entry["DetailType"]) == ("a-bus", "greenroom", "Stream Ready")
    assert json.loads(entry["Detail"]) == MESSAGE.without_url()
    assert URL not in receiver.received[0].body


def test_an_event_that_the_bus_did_not_take_is_an_error(receiver: Receiver, aws_client: AwsClient) -> None:
    receiver.will_answer(200, {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "ThrottlingException"}]})
    with pytest.raises(DeliveryFailed, match="ThrottlingException"):
        EventBridgeBus(aws_client("events"), "a-bus").put("Stream Rejected", {"id": "r"})


def test_the_topic_gets_the_message_with_attributes_to_filter_on(receiver: Receiver, aws_client: AwsClient) -> None:
    receiver.will_answer(200, PUBLISHED)
    SnsTopic(aws_client("sns"), "arn:topic").deliver(MESSAGE, {"type": "sns"})
    sent = {name: values[0] for name, values in parse_qs(receiver.received[0].body).items()}
    assert (sent["TopicArn"], json.loads(sent["Message"])) == ("arn:topic", MESSAGE.as_dict())
    names = {sent[f"MessageAttributes.entry.{n}.Name"]: n for n in (1, 2, 3)}
    values = {name: sent[f"MessageAttributes.entry.{n}.Value.StringValue"] for name, n in names.items()}
    assert values == {"type": "stream.ready", "studioId": "studio", "id": "r"}


def test_a_connection_gets_the_message_as_a_frame(receiver: Receiver, aws_client: AwsClient) -> None:
    receiver.will_answer(200)
    WebSocketConnections(aws_client("apigatewaymanagementapi")).deliver(MESSAGE, SOCKET)
    (got,) = receiver.received
    assert (got.path, json.loads(got.body)) == ("/@connections/c%3D", MESSAGE.as_dict())


def test_a_connection_that_is_gone_is_refused(receiver: Receiver, aws_client: AwsClient) -> None:
    receiver.will_answer(410, {}, x_amzn_ErrorType="GoneException")
    with pytest.raises(DeliveryRefused, match="c= is gone"):
        WebSocketConnections(aws_client("apigatewaymanagementapi")).deliver(MESSAGE, SOCKET)


def test_an_id_that_is_no_connection_s_is_refused(receiver: Receiver, aws_client: AwsClient) -> None:
    """API Gateway answers 400 for an id that it never gave out."""
    receiver.will_answer(400, {"message": "Invalid connectionId: c="}, x_amzn_ErrorType="BadRequestException")
    with pytest.raises(DeliveryRefused):
        WebSocketConnections(aws_client("apigatewaymanagementapi")).deliver(MESSAGE, SOCKET)


@pytest.mark.parametrize("kind", ["sns", "websocket", "bus"])
def test_a_target_that_is_busy_fails_by_the_name_that_the_port_promises(
    kind: str, receiver: Receiver, aws_client: AwsClient
) -> None:
    receiver.will_answer(500, b"<ErrorResponse><Error><Code>InternalError</Code></Error></ErrorResponse>")
    targets: dict[str, Target] = {
        "sns": SnsTopic(aws_client("sns"), "arn:topic"),
        "websocket": WebSocketConnections(aws_client("apigatewaymanagementapi")),
        "bus": EventBridgeBus(aws_client("events"), "a-bus"),
    }
    with pytest.raises(DeliveryError):
        targets[kind].deliver(MESSAGE, SOCKET)
