"""Outcomes reach their targets: webhooks that verify, connections that watch, and what cannot be delivered is kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from standardwebhooks.webhooks import Webhook
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from greenroom.domain.signing import host_secret, key_of
from local.stack import REGION
from tests.e2e.deployed import Deployed, eventually
from tests.support.receiver import Answer, Receiver, receive
from tests.support.webhooks import is_signed_by


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receive() as receiver:
        yield receiver


def _ask(deployed: Deployed, *notify: dict[str, Any], **setting: Any) -> str:
    return deployed.ask(setting, notify=list(notify))


def test_a_webhook_gets_the_message_signed_by_the_specification(deployed: Deployed, receiver: Receiver) -> None:
    request_id = _ask(deployed, {"type": "webhook", "url": f"{receiver.url}/hook?key=1"})

    received = eventually(lambda: receiver.received[0] if receiver.received else None, "webhook")

    secret = deployed.client("secretsmanager").get_secret_value(SecretId=deployed.outputs["WebhookSecretArn"])
    message = Webhook(secret["SecretString"]).verify(received.body, dict(received.headers))
    assert message["type"] == "stream.ready"
    assert message["data"]["id"] == request_id
    assert message["data"]["url"].startswith("https://")
    assert received.path == "/hook?key=1"
    place = f"127.0.0.1:{receiver.port}"
    assert Webhook(host_secret(key_of(secret["SecretString"]), place)).verify(received.body, dict(received.headers))


def test_anybody_gets_the_public_keys_that_tell_who_sent_a_webhook_and_its_id_tells_to_whom(
    deployed: Deployed, receiver: Receiver
) -> None:
    urls = [f"{receiver.url}/{name}" for name in ("a", "b")]
    request_id = _ask(deployed, *({"type": "webhook", "url": url} for url in urls))
    answer = deployed.http.request("GET", f"{deployed.outputs['ApiUrl']}webhook-keys")
    assert (answer.status, answer.headers["Cache-Control"]) == (200, "public, max-age=300")
    (key,) = answer.json()["keys"]

    received = eventually(lambda: receiver.received if len(receiver.received) == 2 else None, "webhooks")

    for got in received:
        assert is_signed_by(key["publicKey"], got.headers, got.body)
        named = f"{request_id}.stream.ready.{receiver.url}{got.path}"
        assert got.headers["webhook-id"] == "msg_" + hashlib.sha256(named.encode()).hexdigest()[:32]


def test_a_link_that_its_owner_revoked_opens_nothing(deployed: Deployed) -> None:
    request_id = _ask(deployed, {"type": "sns"})
    room = f"streams/{request_id}/waiting-room"
    former = deployed.api.call("POST", room)[2]["url"]
    assert deployed.api.call("DELETE", room)[0] == 204
    later = deployed.api.call("POST", room)[2]["url"]
    statuses = [
        deployed.http.request(
            "GET", f"{url.partition('#')[0]}/stream", headers={"Authorization": f"Bearer {url.partition('#')[2]}"}
        ).status
        for url in (former, later)
    ]
    assert statuses == [401, 200]


def test_a_webhook_that_fails_is_tried_again_under_the_same_id_with_the_time_that_is_left(
    deployed: Deployed, receiver: Receiver
) -> None:
    receiver.answers = [Answer(503, headers={"Retry-After": "3"}), Answer(200)]

    _ask(deployed, {"type": "webhook", "url": receiver.url})

    first, second = eventually(lambda: receiver.received if len(receiver.received) == 2 else None, "second attempt")
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    waited = int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"])
    assert waited >= 3
    left = [json.loads(received.body)["data"]["secondsLeft"] for received in (first, second)]
    assert left[0] - left[1] >= 3


def test_a_webhook_that_is_gone_is_left_alone_and_its_delivery_kept(deployed: Deployed, receiver: Receiver) -> None:
    receiver.answers = [Answer(410)]

    request_id = _ask(deployed, {"type": "webhook", "url": receiver.url}, {"type": "sns"})

    letter = eventually(
        lambda: next(iter(deployed.dead_letters.find(lambda m: m.get("id") == request_id)), None), "dead letter"
    )
    assert letter["target"] == {"type": "webhook", "url": receiver.url}
    assert "410" in letter["reason"]
    assert len(receiver.received) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example/x",
        "https://169.254.169.254/latest",
        "https://[::1]/",
        "https://10.0.0.1/",
        "https://[::ffff:127.0.0.1]/",
        "ftp://hooks.example/x",
        "https://user:password@hooks.example/",
    ],
)
def test_a_webhook_url_that_may_never_be_called_is_refused_at_the_door(deployed: Deployed, url: str) -> None:
    request = {"provider": "nimble", "studioId": "s", "sessionId": "s", "notify": [{"type": "webhook", "url": url}]}

    status, _, problem = deployed.post(request)

    assert status == 400
    assert problem["errors"][0]["field"] == "notify[0].url"


def test_a_name_that_points_at_this_machine_is_refused_when_it_is_called(deployed: Deployed) -> None:
    request_id = _ask(deployed, {"type": "webhook", "url": "https://localhost/x"})

    letter = eventually(
        lambda: next(iter(deployed.dead_letters.find(lambda m: m.get("id") == request_id)), None), "dead letter"
    )

    assert "not public" in letter["reason"]


def _connect(deployed: Deployed) -> ClientConnection:
    url = deployed.outputs["WebSocketUrl"]
    request = AWSRequest("GET", url.replace("ws://", "http://"))
    credentials = deployed.session.get_credentials()
    assert credentials is not None
    SigV4Auth(credentials, "execute-api", REGION).add_auth(request)
    return connect(url, additional_headers=dict(request.headers))


def _frame(connection: ClientConnection) -> dict[str, Any]:
    frame: dict[str, Any] = json.loads(connection.recv(timeout=30))
    return frame


def test_a_connected_client_sees_progress_and_then_the_outcome(deployed: Deployed) -> None:
    with _connect(deployed) as connection:
        connection.send("who am I?")
        connection_id = _frame(connection)["connectionId"]

        request_id = _ask(deployed, {"type": "websocket", "connectionId": connection_id}, readyAfterSeconds=2)

        frames = [_frame(connection)]
        while frames[-1]["type"] == "stream.progress":
            frames.append(_frame(connection))
    assert frames[0]["data"] == {
        "id": request_id,
        "state": "CREATE_IN_PROGRESS",
        "statusCode": "STREAM_CREATE_IN_PROGRESS",
    }
    assert frames[-1]["type"] == "stream.ready"
    assert frames[-1]["data"]["url"].startswith("https://")
    assert all("url" not in frame["data"] for frame in frames[:-1])


def test_the_outcome_for_a_client_that_has_gone_is_on_the_topic_if_the_request_wants_that(deployed: Deployed) -> None:
    with _connect(deployed) as connection:
        connection.send("who am I?")
        connection_id = _frame(connection)["connectionId"]

    request_id = _ask(deployed, {"type": "websocket", "connectionId": connection_id, "fallback": "sns"})

    assert deployed.message(request_id)["type"] == "stream.ready"


def test_the_outcome_for_a_client_that_has_gone_is_nobody_else_s(deployed: Deployed) -> None:
    with _connect(deployed) as connection:
        connection.send("who am I?")
        connection_id = _frame(connection)["connectionId"]

    request_id = _ask(deployed, {"type": "websocket", "connectionId": connection_id})

    letter = eventually(
        lambda: next(iter(deployed.dead_letters.find(lambda m: m.get("id") == request_id)), None), "dead letter"
    )
    assert "is gone" in letter["reason"]
    assert deployed.topic.find(lambda m: m["data"]["id"] == request_id) == []


def test_a_client_without_a_signature_cannot_connect(deployed: Deployed) -> None:
    with pytest.raises(InvalidStatus), connect(deployed.outputs["WebSocketUrl"]):
        pass


def test_the_topic_s_attributes_tell_type_provider_studio_and_request(deployed: Deployed) -> None:
    url, arn = deployed.queue("attributes-inbox")
    filter_policy = json.dumps({"type": ["stream.failed"], "studioId": ["studio"]})
    deployed.client("sns").subscribe(
        TopicArn=deployed.outputs["TopicArn"], Protocol="sqs", Endpoint=arn, Attributes={"FilterPolicy": filter_policy}
    )

    ready = _ask(deployed, {"type": "sns"})
    failed = _ask(deployed, {"type": "sns"}, finalState="CREATE_FAILED")
    deployed.message(ready)
    deployed.message(failed)

    envelope = json.loads(deployed.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"][0]["Body"])
    attributes = {name: attribute["Value"] for name, attribute in envelope["MessageAttributes"].items()}
    assert attributes == {"type": "stream.failed", "provider": "nimble", "studioId": "studio", "id": failed}
    assert "Messages" not in deployed.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1)


def test_a_url_that_expired_on_its_way_is_replaced_by_a_fresh_one_once(deployed: Deployed, receiver: Receiver) -> None:
    target = {"type": "webhook", "url": receiver.url}
    request_id = _ask(deployed, target)
    first = json.loads(eventually(lambda: receiver.received[0] if receiver.received else None, "webhook").body)["data"]
    _make_late(deployed, request_id, target)

    second = eventually(lambda: receiver.received[1] if len(receiver.received) > 1 else None, "fresh webhook")

    data = json.loads(second.body)["data"]
    assert data["id"] == first["id"]
    assert data["secondsLeft"] > 60
    assert (data["url"], data["streamId"]) != (first["url"], first["streamId"])
    created = deployed.calls(data["sessionId"], "CreateStreamingSessionStream")
    assert len({call["clientToken"] for call in created}) == 2
    _make_late(deployed, request_id, target)
    third = eventually(lambda: receiver.received[2] if len(receiver.received) > 2 else None, "late webhook")
    assert json.loads(third.body)["data"]["error"] == "UrlExpired"


def _make_late(deployed: Deployed, request_id: str, target: dict[str, Any]) -> None:
    """Leave a delivery as it is when its URL has expired before it was made."""
    table = deployed.records
    eventually(lambda: table.get_item(Key={"id": request_id})["Item"].get("delivered"), "mark of the delivery")
    table.update_item(
        Key={"id": request_id},
        UpdateExpression="SET expiresAt = :past REMOVE delivered, offers",
        ExpressionAttributeValues={":past": "2026-01-01T00:00:00+00:00"},
    )
    delivery = json.dumps({"id": request_id, "target": target})
    deployed.sqs.send_message(QueueUrl=deployed.outputs["DeliveryQueueUrl"], MessageBody=delivery)
