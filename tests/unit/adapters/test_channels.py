"""The bus, the topic and the connections: real boto3 clients, and a receiver that plays the service."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

import pytest

from greenroom.adapters.channels import EventBridgeBus, SnsTopic, WebSocketConnections
from greenroom.delivery.channels import Channel
from greenroom.delivery.message import Message, compose
from greenroom.domain.errors import DeliveryFailed, DeliveryRefused
from greenroom.domain.values import RequestState
from tests.support.examples import URL, a_record, a_stream_url
from tests.support.fakes import NOW
from tests.support.receiver import HANG_UP, Receiver
from tests.unit.conftest import AwsClient

MESSAGE = compose(a_record(state=RequestState.READY, settled_at=NOW), a_stream_url(), NOW)
PUBLISHED = b"<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>"
SOCKET = {"type": "websocket", "connectionId": "c="}


def bodies(receiver: Receiver) -> list[dict[str, Any]]:
    return [json.loads(got.body) for got in receiver.received]


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


def published(receiver: Receiver, aws_client: AwsClient, message: Message) -> tuple[dict[str, str], dict[str, str]]:
    """Publish a message; returns what the topic was sent, and the message's attributes."""
    receiver.will_answer(200, PUBLISHED)
    SnsTopic(aws_client("sns"), "arn:topic").deliver(message, {"type": "sns"})
    sent = {name: values[0] for name, values in parse_qs(receiver.received[0].body).items()}
    entries = [name.removesuffix(".Name") for name in sent if name.endswith(".Name")]
    assert {sent[f"{entry}.Value.DataType"] for entry in entries} == {"String"}
    return sent, {sent[f"{entry}.Name"]: sent[f"{entry}.Value.StringValue"] for entry in entries}


def test_the_topic_gets_the_message_with_attributes_to_filter_on(receiver: Receiver, aws_client: AwsClient) -> None:
    sent, attributes = published(receiver, aws_client, MESSAGE)
    assert (sent["TopicArn"], json.loads(sent["Message"])) == ("arn:topic", MESSAGE.as_dict())
    assert attributes == {"type": "stream.ready", "provider": "nimble", "id": "r", "studioId": "studio"}


def test_an_attribute_that_the_message_does_not_have_is_left_out(receiver: Receiver, aws_client: AwsClient) -> None:
    """Of another provider there is no studio."""
    data = {name: value for name, value in MESSAGE.data.items() if name != "studioId"}
    _, attributes = published(receiver, aws_client, replace(MESSAGE, data=data))
    assert attributes == {"type": "stream.ready", "provider": "nimble", "id": "r"}


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
    channels: dict[str, Channel] = {
        "sns": SnsTopic(aws_client("sns"), "arn:topic"),
        "websocket": WebSocketConnections(aws_client("apigatewaymanagementapi")),
        "bus": EventBridgeBus(aws_client("events"), "a-bus"),
    }
    said = {"sns": "The topic", "websocket": "The WebSocket API", "bus": "The bus"}[kind]
    with pytest.raises(DeliveryFailed, match=f"^{said} answered "):
        channels[kind].deliver(MESSAGE, SOCKET)


def ensure_busy_is(kind: str, client: Any, *, is_unclear: bool) -> None:
    made: dict[str, Channel] = {
        "sns": SnsTopic(client, "arn:topic"),
        "apigatewaymanagementapi": WebSocketConnections(client),
        "events": EventBridgeBus(client, "a-bus"),
    }
    with pytest.raises(DeliveryFailed) as caught:
        made[kind].deliver(MESSAGE, SOCKET)
    assert caught.value.is_unclear is is_unclear


@pytest.mark.parametrize("service", ["sns", "apigatewaymanagementapi", "events"])
def test_an_error_that_was_answered_is_clear_and_an_answer_that_is_lost_is_not(
    service: str, receiver: Receiver, aws_client: AwsClient
) -> None:
    receiver.will_answer(500, b"<ErrorResponse><Error><Code>InternalError</Code></Error></ErrorResponse>")
    ensure_busy_is(service, aws_client(service), is_unclear=False)
    receiver.answers = [HANG_UP]
    ensure_busy_is(service, aws_client(service), is_unclear=True)


def test_an_endpoint_that_cannot_be_reached_is_clear(receiver: Receiver, aws_client: AwsClient) -> None:
    receiver.port = 9  # nothing listens there
    ensure_busy_is("sns", aws_client("sns"), is_unclear=False)
