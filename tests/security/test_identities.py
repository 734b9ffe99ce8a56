"""Whose stream it is: somebody who may call the API asks for the stream of somebody else, by each way in."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

from tests.e2e.deployed import Deployed, eventually
from tests.security.people import People, Person, may_invoke

MAY_SEND = {"Effect": "Allow", "Action": ["events:PutEvents", "states:StartExecution"], "Resource": "*"}


@pytest.fixture(scope="module")
def artists(deployed: Deployed, people: People) -> str:
    """The role of people who may ask for what is their own, by the deployment's rules, and by each way in."""
    connect_too = {"Effect": "Allow", "Action": "execute-api:*", "Resource": "*"}
    return people.role("Artist", may_invoke(deployed), connect_too, MAY_SEND)


@pytest.fixture(scope="module")
def ada(people: People, artists: str) -> Person:
    return people.session_of(artists, "ada")


@pytest.fixture(scope="module")
def eve(people: People, artists: str) -> Person:
    return people.session_of(artists, "eve")


def _refusal(answer: tuple[int, Any, dict[str, Any]]) -> tuple[str, str]:
    """The one field that is refused, and why."""
    status, headers, problem = answer
    assert (status, headers["Content-Type"]) == (403, "application/problem+json"), problem
    (error,) = problem["errors"]
    return str(error["field"]), str(error["detail"])


def _rejected(deployed: Deployed, request_id: str) -> list[str]:
    """The fields of a request that was rejected because its sender may not ask for them."""
    detail = deployed.event(request_id)["detail"]
    assert detail["error"] == "NotAllowed", detail
    return [error["field"] for error in detail["errors"]]


@contextmanager
def _connection(person: Person) -> Iterator[tuple[ClientConnection, str]]:
    """An open connection of somebody's, and its id."""
    url = person.deployed.outputs["WebSocketUrl"]
    with connect(url, additional_headers=person.signed_for(url)) as opened:
        opened.send("who am I?")
        yield opened, str(json.loads(opened.recv(timeout=30))["connectionId"])


@pytest.mark.parametrize(
    "owner", ["ada", "*", "ad?", "Eve", "eve ada", "eve\u200b", "\uff45ve", "{sessionName}", "eve*"]
)
def test_nobody_asks_for_a_session_of_somebody_else(eve: Person, owner: str) -> None:
    """Name somebody else as the owner of a DCV session, or a name that reads as your own or as everybody's.

    Stopped by the rules of the setting `identities`: a caller asks for its own session name, whole and as it is.
    """
    field, why = _refusal(eve.call("POST", "streams", {"provider": "dcv", "owner": owner}))
    assert (field, "own-sessions" in why) == ("owner", True)


@pytest.mark.parametrize("user", ["ada", "*", "EVE", "eve@example.com"])
def test_nobody_asks_for_a_server_of_somebody_else(eve: Person, user: str) -> None:
    """Name somebody else as the user of a JupyterHub, and read their files.

    Stopped by the rules of the setting `identities`.
    """
    field, why = _refusal(eve.call("POST", "streams", {"provider": "jupyterhub", "user": user}))
    assert (field, "own-servers" in why) == ("user", True)


def test_the_id_of_somebody_s_live_session_is_no_way_in(deployed: Deployed, ada: Person, eve: Person) -> None:
    """Take the `sessionId` from somebody's live request, and ask for that very session, as them and as oneself.

    Stopped by the rules, and by the plug, which hands over no session whose owner is another.
    """
    _, _, made = ada.call("POST", "streams", {"provider": "dcv", "owner": "ada"})
    assert deployed.message(made["id"])["type"] == "stream.ready"
    session_id = ada.sees(made["id"])["stream"]["streamId"]
    assert _refusal(eve.call("POST", "streams", {"provider": "dcv", "owner": "ada", "sessionId": session_id}))
    status, _, taken = eve.call("POST", "streams", {"provider": "dcv", "owner": "eve", "sessionId": session_id})
    assert status == 202
    message = deployed.message(taken["id"])
    assert (message["type"], "url" in message["data"]) == ("stream.failed", False)


def test_a_batch_asks_for_nobody_else_either(eve: Person) -> None:
    """Put somebody else's session into a batch, in its middle and by its defaults.

    Stopped by the same rules, line by line.
    """
    lines = [{"provider": "dcv", "owner": "eve"}, {"provider": "dcv", "owner": "ada"}]
    assert _refusal(eve.call("POST", "batches", {"requests": lines}))[0] == "requests[1].owner"
    defaults = {"requests": [{"provider": "dcv"}], "defaults": {"owner": "ada"}}
    assert _refusal(eve.call("POST", "batches", defaults))[0] == "requests[0].owner"


def test_an_event_asks_for_nobody(deployed: Deployed, eve: Person) -> None:
    """Send an event for somebody's session: it has no caller that could be held to a rule.

    Stopped by the rules: events are let in only where one says so.
    """
    entry = {"EventBusName": deployed.outputs["EventBusName"], "Source": "eve", "DetailType": "Stream Requested"}
    for owner in ("ada", "eve"):
        detail = json.dumps({"provider": "dcv", "owner": owner})
        put = eve.client("events").put_events(Entries=[{**entry, "Detail": detail}])
        assert _rejected(deployed, put["Entries"][0]["EventId"]) == ["owner"]


def test_an_execution_asks_for_nobody(deployed: Deployed, eve: Person) -> None:
    """Start an execution for somebody's session.

    Stopped by the rules: executions are let in only where one says so.
    """
    name, machine = f"eve-{uuid.uuid4()}", deployed.outputs["StateMachineArn"]
    asked = json.dumps({"provider": "dcv", "owner": "ada"})
    eve.client("stepfunctions").start_execution(stateMachineArn=machine, name=name, input=asked)
    assert _rejected(deployed, name) == ["owner"]


def test_a_caller_whom_no_rule_names_asks_for_nobody(bob: Person) -> None:
    """Ask as a principal for whom the rules of a provider have no word.

    Stopped by the rules: a field that rules name is closed to everybody else.
    """
    for asked in ({"provider": "dcv", "owner": "bob"}, {"provider": "jupyterhub", "user": "bob"}):
        assert _refusal(bob.call("POST", "streams", asked))[0] in {"owner", "user"}


def test_the_one_name_of_everybody_is_nobody_s(people: People, artists: str) -> None:
    """Call under the session name that Cognito identity pools give to everybody, to be the owner of all their requests.

    Stopped at the door: that name is no caller, whatever it asks.
    """
    everybody = people.session_of(artists, "CognitoIdentityCredentials")
    calls = [
        ("GET", "streams"),
        ("POST", "streams"),
        ("POST", "batches"),
        ("GET", "streams/x"),
        ("DELETE", "streams/x"),
    ]
    for method, path in calls:
        assert _refusal(everybody.call(method, path, {} if method == "POST" else None))[0] == "caller"


def test_a_connection_of_somebody_else_cannot_be_named(ada: Person, eve: Person) -> None:
    """Name somebody else's WebSocket connection as a target, to make them open your own stream; guess at ids.

    Stopped by the caller who opened the connection, whom `$connect` keeps; a guess gets the same answer.
    """
    with _connection(ada) as (_, connection_id):
        refusals = [
            _refusal(
                eve.call(
                    "POST",
                    "streams",
                    {
                        "provider": "dcv",
                        "owner": "eve",
                        "notify": [{"type": "websocket", "connectionId": each}],
                    },
                )
            )
            for each in (connection_id, "AbCdEfGh1234567=")
        ]
    assert refusals[0] == refusals[1]
    assert refusals[0][0] == "notify[0].connectionId"


def test_a_dead_connection_sends_a_url_to_nobody_else(deployed: Deployed, ada: Person) -> None:
    """Let a connection go, so that the URL goes to the topic, where many may read it.

    Stopped by the request: its outcome goes to the topic only if it says so.
    """
    with _connection(ada) as (_, connection_id):
        pass
    session_id = f"session-{uuid.uuid4().hex[:12]}"
    deployed.set_session(session_id, readyAfterSeconds=0)
    request_id = ada.ask(sessionId=session_id, notify=[{"type": "websocket", "connectionId": connection_id}])
    eventually(lambda: deployed.dead_letters.find(lambda letter: letter.get("id") == request_id) or None, "dead letter")
    assert not deployed.topic.find(lambda message: message["data"]["id"] == request_id)


def test_a_key_lets_nobody_repeat_what_they_may_not_ask(ada: Person, eve: Person) -> None:
    """Repeat the key and body of a request that somebody else was allowed.

    Stopped by the rules, which each call is held to, and by the id, which is made of the caller.
    """
    asked, key = {"provider": "dcv", "owner": "ada", "deadlineSeconds": 30}, uuid.uuid4().hex
    assert ada.call("POST", "streams", asked, Idempotency_Key=key)[0] == 202
    assert _refusal(eve.call("POST", "streams", asked, Idempotency_Key=key))[0] == "owner"
