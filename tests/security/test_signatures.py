"""Who signs a call: nobody, somebody else, somebody who may not, somebody whose call was changed on its way."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import time_machine
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from greenroom.domain.values import utc_now
from tests.e2e.deployed import Deployed
from tests.security.conftest import ReadyStream
from tests.security.people import People, Person, is_refused, may_invoke, send

CALLS = [
    ("POST", "streams"),
    ("GET", "streams"),
    ("GET", "streams/{id}"),
    ("DELETE", "streams/{id}"),
    ("POST", "streams/{id}/claim"),
    ("POST", "streams/{id}/waiting-room"),
    ("POST", "batches"),
    ("GET", "batches/{id}"),
    ("DELETE", "batches/{id}"),
    ("GET", "schedules"),
]
REQUEST = json.dumps({"provider": "nimble", "studioId": "studio", "sessionId": "session"})


def _status(deployed: Deployed, method: str, path: str, headers: dict[str, str], body: str = "") -> int:
    return send(deployed, method, path, headers=headers, body=body).status


def test_no_method_of_the_owner_s_takes_an_unsigned_call(deployed: Deployed, ready: ReadyStream) -> None:
    """Call every method without a signature.

    Stopped by API Gateway: AWS_IAM on every method but three of the waiting room.
    """
    assert {send(deployed, method, path.format(id=ready.id)).status for method, path in CALLS} == {403}


def test_a_principal_without_permission_calls_nothing(people: People, ready: ReadyStream) -> None:
    """Call every method with true keys of the account that no policy lets in.

    Stopped by IAM: `execute-api:Invoke`.
    """
    nobody = people.user("nobody")
    assert {nobody.call(method, path.format(id=ready.id))[0] for method, path in CALLS} == {403}


def test_a_permission_for_one_method_is_none_for_another(deployed: Deployed, people: People, alice: Person) -> None:
    """Cancel, claim and ask with a policy that lets its bearer only look.

    Stopped by IAM: each method and path is a resource of its own.
    """
    onlooker = people.user("onlooker", may_invoke(deployed, "GET/streams/*"))
    request_id = alice.ask(deadlineSeconds=5)
    assert onlooker.call("GET", f"streams/{request_id}")[0] == 404
    for method, path in CALLS:
        if (method, path) != ("GET", "streams/{id}"):
            assert onlooker.call(method, path.format(id=request_id))[0] == 403, (method, path)


def test_a_deny_wins(deployed: Deployed, people: People) -> None:
    """Call with a policy that allows everything and denies this.

    Stopped by IAM: an explicit deny.
    """
    deny = {**may_invoke(deployed, "POST/streams"), "Effect": "Deny"}
    person = people.user("denied", may_invoke(deployed), deny)
    assert person.call("GET", "streams")[0] == 200
    assert person.call("POST", "streams", REQUEST)[0] == 403


def test_a_wrong_secret_an_unknown_key_and_a_broken_header_are_refused(deployed: Deployed, alice: Person) -> None:
    """Sign with a guessed secret, with a key that nobody has, or write nonsense into the header.

    Stopped by SigV4.
    """
    true = alice.signed("GET", "streams")
    key = str(alice.session.get_credentials().access_key)  # type: ignore[union-attr]
    signature = true["Authorization"].rsplit("=", 1)[1]
    for authorization in (
        true["Authorization"].replace(signature, "0" * 64),
        true["Authorization"].replace(key, "AKIAIOSFODNN7EXAMPLE"),
        true["Authorization"].replace("AWS4-HMAC-SHA256", "AWS4-HMAC-NONE"),
        f"AWS4-HMAC-SHA256 Credential={key}",
        f"Bearer {key}",
        "Basic cm9vdDpyb290",
    ):
        assert _status(deployed, "GET", "streams", {**true, "Authorization": authorization}) == 403
    assert _status(deployed, "GET", "streams", true) == 200


def test_a_signed_call_is_not_sent_again_with_another_body(deployed: Deployed, alice: Person) -> None:
    """Catch a signed call, and send it with another body: another session, a webhook of your own.

    Stopped by SigV4, which covers the body.
    """
    headers = alice.signed("POST", "streams", REQUEST)
    hooked = json.dumps({**json.loads(REQUEST), "notify": [{"type": "webhook", "url": "https://evil.example"}]})
    assert _status(deployed, "POST", "streams", headers, hooked) == 403
    assert _status(deployed, "POST", "streams", headers) == 403


def test_a_signed_call_is_not_sent_as_another(
    deployed: Deployed, alice: Person, pending: str, ready: ReadyStream
) -> None:
    """Catch a signed look, and send it as a cancellation, for another request, or with other parameters.

    Stopped by SigV4, which covers method, path and query.
    """
    headers = alice.signed("GET", f"streams/{pending}")
    assert _status(deployed, "DELETE", f"streams/{pending}", headers) == 403
    assert _status(deployed, "GET", f"streams/{ready.id}", headers) == 403
    assert _status(deployed, "GET", f"streams/{pending}?state=ready", headers) == 403
    assert _status(deployed, "GET", "streams?limit=100", alice.signed("GET", "streams?limit=1")) == 403
    assert alice.sees(pending)["state"] == "pending"


def test_a_signed_call_is_not_sent_hours_later(deployed: Deployed, alice: Person) -> None:
    """Replay a signed call hours later, or sign one for tomorrow.

    Stopped by SigV4: a signature lasts minutes.
    """
    for hours in (-3, 24):
        with time_machine.travel(utc_now() + timedelta(hours=hours), tick=True):
            headers = alice.signed("GET", "streams")
        assert _status(deployed, "GET", "streams", headers) == 403


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_a_header_makes_no_other_method_of_a_call(alice: Person, pending: str, header: str) -> None:
    """Look, and say in a header that it is a DELETE.

    Stopped by API Gateway and the router, which know the method of the call and no other.
    """
    status, _, shown = alice.call("GET", f"streams/{pending}?", None, **{header.replace("-", "_"): "DELETE"})
    assert (status, shown["state"]) == (200, "pending")


def test_a_header_makes_nobody_an_administrator(alice: Person, bob: Person, ready: ReadyStream) -> None:
    """Say in headers who calls: API Gateway's own names, those of proxies, those of identity pools.

    Stopped by the one place where the caller is read: what API Gateway itself found out.
    """
    root = "arn:aws:iam::000000000000:root"
    for name in ("X-Amzn-Caller-Arn", "X-Forwarded-User", "X-Amz-User-Arn", "X-Amz-Source-Identity", "User-Arn"):
        for claimed in (root, alice.arn):
            headers = {name.replace("-", "_"): claimed}
            assert bob.call("GET", f"streams/{ready.id}", None, **headers)[0] == 404


@pytest.mark.parametrize("method", ["PUT", "PATCH", "OPTIONS", "TRACE", "HEAD"])
def test_a_method_that_no_path_has_does_nothing(deployed: Deployed, alice: Person, pending: str, method: str) -> None:
    """Call with a method that the API does not have.

    Stopped by API Gateway: there is no such method.
    """
    headers = alice.signed(method, f"streams/{pending}")
    assert _status(deployed, method, f"streams/{pending}", headers) in {403, 404, 405}
    assert alice.sees(pending)["state"] == "pending"


def test_nobody_connects_without_a_signature(deployed: Deployed, people: People) -> None:
    """Open a WebSocket connection unsigned, signed by somebody who may not, or with a wrong signature.

    Stopped by IAM authorisation of `$connect`.
    """
    url, nobody = deployed.outputs["WebSocketUrl"], people.user("nobody")
    signed = nobody.signed_for(url)
    broken = {**signed, "Authorization": signed["Authorization"][:-4] + "0000"}
    for headers in ({}, signed, broken):
        with pytest.raises(InvalidStatus), connect(url, additional_headers=headers):
            pass


def test_a_caller_does_not_go_around_the_api(deployed: Deployed, bob: Person, ready: ReadyStream) -> None:
    """Go to the tables, queues, secrets, logs, executions and functions directly with a caller's keys.

    Stopped by IAM: a caller's policy has `execute-api:Invoke` and nothing else.
    """
    table, machine = deployed.resource("StorageStreamUrls"), deployed.outputs["StateMachineArn"]
    queue, topic = deployed.outputs["DeliveryQueueUrl"], deployed.outputs["TopicArn"]
    event = {"Source": "x", "DetailType": "Stream Requested", "Detail": REQUEST}
    bus = deployed.outputs["EventBusName"]
    tries = {
        "url": lambda: bob.client("dynamodb").get_item(TableName=table, Key={"id": {"S": ready.id}}),
        "table": lambda: bob.client("dynamodb").scan(TableName=deployed.records.name),
        "secret": lambda: bob.client("secretsmanager").get_secret_value(SecretId=deployed.outputs["LinkSecretArn"]),
        "queue": lambda: bob.client("sqs").send_message(QueueUrl=queue, MessageBody="{}"),
        "letters": lambda: bob.client("sqs").receive_message(QueueUrl=deployed.outputs["DeadLetterQueueUrl"]),
        "topic": lambda: bob.client("sns").publish(TopicArn=topic, Message="{}"),
        "inbox": lambda: bob.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=topic),
        "bus": lambda: bob.client("events").put_events(Entries=[{**event, "EventBusName": bus}]),
        "start": lambda: bob.client("stepfunctions").start_execution(stateMachineArn=machine, input=REQUEST),
        "stop": lambda: bob.client("stepfunctions").stop_execution(executionArn=deployed.execution_arn(ready.id)),
        "history": lambda: bob.client("stepfunctions").get_execution_history(
            executionArn=deployed.execution_arn(ready.id)
        ),
        "logs": lambda: bob.client("logs").filter_log_events(logGroupName=deployed.resource("ApiApiLogs")),
        "function": lambda: bob.client("lambda").invoke(FunctionName=deployed.resource("DeliveryDeliver")),
    }
    assert [name for name, attempt in tries.items() if not is_refused(attempt)] == []


def test_a_caller_does_not_take_on_a_function_s_role(deployed: Deployed, bob: Person) -> None:
    """Take on the role of the function that may read URLs.

    Stopped by its trust policy, which names Lambda only.
    """
    arn = f"arn:aws:iam::000000000000:role/{deployed.resource('DeliveryDeliverRole')}"
    assert is_refused(lambda: bob.client("sts").assume_role(RoleArn=arn, RoleSessionName="bob"))
