"""Sessions of one role, each of which asks for streams of its own person and of nobody else, by any way in."""

from __future__ import annotations

import json
import uuid
from typing import Any

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from websockets.sync.client import connect

from greenroom_cli.client import Api
from local.stack import ACCOUNT, REGION
from tests.e2e.deployed import Deployed, eventually

MAY_CALL = [
    {"Effect": "Allow", "Action": "execute-api:*", "Resource": "*"},
    {"Effect": "Allow", "Action": ["events:PutEvents", "states:StartExecution"], "Resource": "*"},
]


class Artist:
    """A session of the role Artist, as its person signs calls."""

    def __init__(self, deployed: Deployed, name: str) -> None:
        role = f"arn:aws:iam::{ACCOUNT}:role/Artist"
        made = deployed.client("sts").assume_role(RoleArn=role, RoleSessionName=name)["Credentials"]
        keys = (made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])
        self.deployed = deployed
        self.session = boto3.Session(*keys, region_name=REGION)
        self.api = Api(self.session, deployed.outputs["ApiUrl"])

    def client(self, service: str) -> Any:
        return self.session.client(service, endpoint_url=self.deployed.stack.endpoint)  # type: ignore[call-overload]

    def ask(self, **fields: Any) -> tuple[int, Any, dict[str, Any]]:
        return self.api.call("POST", "streams", {"provider": "dcv", **fields})

    def connection(self) -> str:
        """The id of a connection that was open."""
        url = self.deployed.outputs["WebSocketUrl"]
        request = AWSRequest("GET", url.replace("ws://", "http://"))
        credentials = self.session.get_credentials()
        assert credentials is not None
        SigV4Auth(credentials, "execute-api", REGION).add_auth(request)
        with connect(url, additional_headers=dict(request.headers)) as opened:
            opened.send("who am I?")
            return str(json.loads(opened.recv(timeout=30))["connectionId"])


@pytest.fixture(scope="module")
def role(deployed: Deployed) -> Deployed:
    """The deployment, once the role is there."""
    iam = deployed.client("iam")
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    iam.create_role(RoleName="Artist", AssumeRolePolicyDocument=document)
    policy = json.dumps({"Version": "2012-10-17", "Statement": MAY_CALL})
    iam.put_role_policy(RoleName="Artist", PolicyName="call", PolicyDocument=policy)
    return deployed


@pytest.fixture(scope="module")
def ada(role: Deployed) -> Artist:
    return Artist(role, "ada")


@pytest.fixture(scope="module")
def bob(role: Deployed) -> Artist:
    return Artist(role, "bob")


def rejected(deployed: Deployed, request_id: str) -> tuple[str, list[str]]:
    """The error of a rejected request, and the fields that it names."""
    letter = eventually(
        lambda: next(iter(deployed.rejected_requests.find(lambda m: m.get("id") == request_id)), None), "rejection"
    )
    assert deployed.event(request_id)["detail-type"] == "Stream Rejected"
    return letter["error"], [error["field"] for error in letter["errors"]]


def test_a_caller_asks_for_its_own_person(ada: Artist) -> None:
    status, _, body = ada.ask(owner="ada")
    assert status == 202, body
    assert ada.deployed.message(body["id"])["type"] == "stream.ready"


@pytest.mark.parametrize("owner", ["ada", "*", "Bob", "bob ada", "b?b"])
def test_a_caller_who_asks_for_somebody_else_is_refused_by_the_rule_s_name(bob: Artist, owner: str) -> None:
    status, headers, body = bob.ask(owner=owner)
    assert (status, headers["Content-Type"]) == (403, "application/problem+json")
    (error,) = body["errors"]
    assert error["field"] == "owner"
    assert "own-sessions" in error["detail"]


def test_the_id_of_somebody_s_session_is_no_way_in(ada: Artist, bob: Artist) -> None:
    _, _, body = ada.ask(owner="ada")
    ada.deployed.message(body["id"])
    session_id = ada.api.call("GET", f"streams/{body['id']}")[2]["stream"]["streamId"]

    assert bob.ask(owner="ada", sessionId=session_id)[0] == 403
    status, _, asked = bob.ask(owner="bob", sessionId=session_id)
    assert status == 202
    message = bob.deployed.message(asked["id"])
    assert (message["type"], message["data"]["error"]) == ("stream.failed", "NotTheOwner")
    assert "url" not in message["data"]


def test_a_batch_is_no_way_in(bob: Artist) -> None:
    requests = [{"provider": "dcv", "owner": "bob"}, {"provider": "dcv", "owner": "ada"}]
    status, _, body = bob.api.call("POST", "batches", {"requests": requests})
    assert status == 403
    assert [error["field"] for error in body["errors"]] == ["requests[1].owner"]


def test_an_event_is_no_way_in(deployed: Deployed, bob: Artist) -> None:
    entry = {"EventBusName": deployed.outputs["EventBusName"], "Source": "bob", "DetailType": "Stream Requested"}
    detail = json.dumps({"provider": "dcv", "owner": "ada"})
    event_id = bob.client("events").put_events(Entries=[{**entry, "Detail": detail}])["Entries"][0]["EventId"]
    assert rejected(deployed, event_id) == ("NotAllowed", ["owner"])


def test_an_execution_is_no_way_in(deployed: Deployed, bob: Artist) -> None:
    name, asked = f"bob-{uuid.uuid4()}", json.dumps({"provider": "dcv", "owner": "ada"})
    machine = deployed.outputs["StateMachineArn"]
    bob.client("stepfunctions").start_execution(stateMachineArn=machine, name=name, input=asked)
    assert rejected(deployed, name) == ("NotAllowed", ["owner"])


def test_a_connection_is_told_only_what_its_own_caller_asks_for(ada: Artist, bob: Artist) -> None:
    connection = ada.connection()
    refused = [
        bob.ask(owner="bob", notify=[{"type": "websocket", "connectionId": each}]) for each in (connection, "nobody=")
    ]
    assert [status for status, _, _ in refused] == [403, 403]
    assert refused[0][2]["errors"] == refused[1][2]["errors"]
    assert refused[0][2]["errors"][0]["field"] == "notify[0].connectionId"
    assert ada.ask(owner="ada", notify=[{"type": "websocket", "connectionId": connection}])[0] == 202


def test_the_one_name_of_all_people_of_an_identity_pool_is_let_in_nowhere(role: Deployed) -> None:
    anybody = Artist(role, "CognitoIdentityCredentials")
    for method, path in [("GET", "streams"), ("GET", "streams/x"), ("POST", "streams"), ("POST", "batches")]:
        status, _, body = anybody.api.call(method, path, {} if method == "POST" else None)
        assert (status, body["errors"][0]["field"]) == (403, "caller"), (method, path, body)
