"""Nothing that leaves is larger than AWS takes, whatever a request that is accepted holds."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import pytest

from greenroom.adapters.channels import LARGEST_FRAME, EventBridgeBus, SnsTopic, WebSocketConnections
from greenroom.adapters.sqs import SqsDeadLetterQueue, SqsDeliveryQueue
from greenroom.delivery.attempts import LONGEST_JUNK
from greenroom.delivery.message import Delivery, Message, compose, deliveries, progress_frame
from greenroom.domain.errors import DeliveryRefused
from greenroom.domain.values import Failure, RequestState, StreamUrl
from greenroom.request.json_limits import MAX_BODY_BYTES
from tests.support.examples import a_body, a_link, a_record
from tests.support.fakes import NOW
from tests.support.limits import EVENT, FRAME, PUBLISHED, QUEUED, ensure_it_fits
from tests.support.receiver import Receiver
from tests.unit.adapters.test_channels import PUBLISHED as PUBLISHED_ANSWER
from tests.unit.adapters.test_channels import SOCKET
from tests.unit.conftest import AwsClient

# The first of each takes 1, 2, 3 and 4 bytes as UTF-8, and up to 12 where it is escaped; the last is escaped anyway.
LETTERS = ["x", "é", "日", "😀", "\x01"]
A_LONG_URL = "https://stream.example/" + "u" * 8_000
EACH_LETTER = pytest.mark.parametrize("letter", LETTERS, ids=["ASCII", "é", "日", "😀", "control"])


def size(body: Any) -> int:
    return len(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode())


def largest(letter: str, make: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    """Make the largest body that is accepted, of one letter over and over."""
    room = MAX_BODY_BYTES - size(make(""))
    body = make(letter * (room // (size(letter) - 2)))
    assert MAX_BODY_BYTES - 12 < size(body) <= MAX_BODY_BYTES
    return body


def a_message(letter: str) -> Message:
    record = a_record(
        largest(letter, lambda text: a_body(metadata={"t": text}, waitingRoom=True)),
        state=RequestState.READY,
        settled_at=NOW,
    )
    stream_url = StreamUrl(A_LONG_URL, record.expires_at or NOW)
    return compose(record, stream_url, NOW, a_link(record, NOW))


@EACH_LETTER
def test_the_largest_message_is_a_frame(letter: str, receiver: Receiver, aws_client: AwsClient) -> None:
    receiver.will_answer(200)
    message = a_message(letter)
    WebSocketConnections(aws_client("apigatewaymanagementapi")).deliver(message, SOCKET)
    (got,) = receiver.received
    assert len(got.body.encode()) <= FRAME == LARGEST_FRAME
    assert json.loads(got.body) == message.as_dict()


@EACH_LETTER
def test_the_topic_takes_the_largest_message(letter: str, receiver: Receiver, aws_client: AwsClient) -> None:
    receiver.will_answer(200, PUBLISHED_ANSWER)
    SnsTopic(aws_client("sns"), "arn:topic").deliver(a_message(letter), {"type": "sns"})
    sent = {name: values[0] for name, values in parse_qs(receiver.received[0].body).items()}
    assert sum(len(value.encode()) for name, value in sent.items() if name.startswith("Message")) < PUBLISHED


@EACH_LETTER
def test_the_bus_takes_the_largest_message(letter: str, receiver: Receiver, aws_client: AwsClient) -> None:
    receiver.will_answer(200, {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]})
    EventBridgeBus(aws_client("events"), "a-bus").deliver(a_message(letter), {"type": "bus"})
    ((entry,),) = (json.loads(got.body)["Entries"] for got in receiver.received)
    assert sum(len(entry[name].encode()) for name in ("Source", "DetailType", "Detail")) < EVENT


def test_a_frame_that_is_too_large_is_refused_before_it_closes_the_connection(
    receiver: Receiver, aws_client: AwsClient
) -> None:
    connections = WebSocketConnections(aws_client("apigatewaymanagementapi"))
    with pytest.raises(DeliveryRefused, match="bytes is larger than a WebSocket connection takes"):
        connections.post("c=", {"data": "x" * LARGEST_FRAME})
    assert receiver.received == []


@pytest.mark.parametrize("letter", ["x", "é", "日"])
def test_the_largest_frame_is_sent(letter: str, receiver: Receiver, aws_client: AwsClient) -> None:
    receiver.will_answer(200)
    words = letter * ((LARGEST_FRAME - len('{"data":""}')) // len(letter.encode()))
    words += "x" * (LARGEST_FRAME - len(f'{{"data":"{words}"}}'.encode()))
    connections = WebSocketConnections(aws_client("apigatewaymanagementapi"))
    connections.post("c=", {"data": words})
    assert len(receiver.received[0].body.encode()) == LARGEST_FRAME
    with pytest.raises(DeliveryRefused):
        connections.post("c=", {"data": words + "x"})


def test_half_a_character_is_no_error(receiver: Receiver, aws_client: AwsClient) -> None:
    receiver.will_answer(200)
    WebSocketConnections(aws_client("apigatewaymanagementapi")).post("c=", {"data": "a\ud800b"})
    assert receiver.received[0].body == '{"data":"a?b"}'


def test_progress_is_a_frame_whatever_words_a_service_has() -> None:
    words = {"state": "S" * 1_000, "statusCode": "日" * 1_000}
    ensure_it_fits(progress_frame(a_record(stream=words)), FRAME)


def test_the_queues_take_the_largest_delivery_and_the_letter_of_it(receiver: Receiver, aws_client: AwsClient) -> None:
    receiver.will_answer(200, {"MessageId": "1"})
    url = "https://hooks.example/" + "ü" * 2_000
    (_, delivery) = deliveries(a_record(a_body(notify=[{"type": "webhook", "url": url}]), id="r" * 80))
    SqsDeliveryQueue(aws_client("sqs"), "https://queue").put([delivery])
    letters = SqsDeadLetterQueue(aws_client("sqs"), "https://letters")
    letters.put({"reason": "r" * 1_000, **delivery.as_dict()})
    letters.put({"reason": "r" * 1_000, "message": "😀" * LONGEST_JUNK})
    assert all(len(json.loads(got.body)["MessageBody"].encode()) < QUEUED for got in receiver.received)
    assert Delivery.of(json.loads(json.loads(receiver.received[0].body)["MessageBody"])) == delivery


@EACH_LETTER
def test_a_failure_in_a_service_s_own_words_is_a_frame(letter: str, receiver: Receiver, aws_client: AwsClient) -> None:
    receiver.will_answer(200)
    body = largest(letter, lambda text: a_body(metadata={"t": text}))
    failure = Failure("StreamFailed", "w" * 2_000, "S" * 200, "C" * 200)
    record = a_record(body, state=RequestState.FAILED, settled_at=NOW, failure=failure)
    WebSocketConnections(aws_client("apigatewaymanagementapi")).deliver(compose(record, None, NOW), SOCKET)
    assert len(receiver.received[0].body.encode()) <= FRAME
