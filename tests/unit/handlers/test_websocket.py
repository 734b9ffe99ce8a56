"""The WebSocket API's function: a client may connect, and learns its connection id by whatever it sends."""

from __future__ import annotations

from typing import Any

import pytest

from greenroom.api.owners import Owners
from greenroom.handlers import websocket
from simulation.process import LambdaContext
from tests.support.admission import InMemoryOrigins
from tests.support.recorders import RecordingFrames

BOB = "arn:aws:sts::123456789012:assumed-role/Artist/bob"


def call(
    monkeypatch: pytest.MonkeyPatch,
    event_type: str,
    body: str | None,
    origins: InMemoryOrigins | None = None,
    caller: str = BOB,
) -> tuple[dict[str, int], RecordingFrames]:
    frames = RecordingFrames()
    monkeypatch.setattr(websocket, "clients", frames)
    monkeypatch.setattr(websocket, "origins", origins or InMemoryOrigins())
    monkeypatch.setattr(websocket, "owners", Owners(shared_roles=frozenset({"arn:aws:iam::123456789012:role/Farm"})))
    identity = {"userArn": caller}
    context: dict[str, Any] = {"eventType": event_type, "connectionId": "c=", "identity": identity}
    return websocket.handler({"requestContext": context, "body": body}, LambdaContext("Websocket")), frames


@pytest.mark.parametrize("body", ["who am I?", '{"type": "keep-alive"}', "", None])
def test_whatever_a_client_sends_keeps_its_connection_alive_and_tells_it_its_id(
    body: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer, frames = call(monkeypatch, "MESSAGE", body)
    assert (answer, frames.sent) == ({"statusCode": 200}, [("c=", {"connectionId": "c="})])


def test_a_client_that_connects_is_told_nothing_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    answer, frames = call(monkeypatch, "CONNECT", None)
    assert (answer, frames.sent) == ({"statusCode": 200}, [])


@pytest.mark.parametrize(
    ("caller", "owner"),
    [(BOB, BOB), ("arn:aws:sts::123456789012:assumed-role/Farm/node-7", "arn:aws:iam::123456789012:role/Farm")],
)
def test_who_has_opened_a_connection_is_kept_before_anybody_knows_its_id(
    caller: str, owner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    origins = InMemoryOrigins()
    call(monkeypatch, "CONNECT", None, origins, caller=caller)
    assert origins.owners == {"c=": owner}


def test_whoever_could_be_anybody_opens_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    origins = InMemoryOrigins()
    anybody = "arn:aws:sts::123456789012:assumed-role/Pool/CognitoIdentityCredentials"
    answer, _ = call(monkeypatch, "CONNECT", None, origins, caller=anybody)
    assert (answer, origins.owners) == ({"statusCode": 403}, {})


def test_a_message_changes_no_owner(monkeypatch: pytest.MonkeyPatch) -> None:
    origins = InMemoryOrigins(**{"c=": BOB})
    call(monkeypatch, "MESSAGE", "hello", origins, caller="arn:aws:iam::123456789012:user/eve")
    assert origins.owners == {"c=": BOB}
