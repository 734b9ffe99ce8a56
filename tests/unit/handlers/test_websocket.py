"""The WebSocket API's function: a client may connect, and learns its connection id by whatever it sends."""

from __future__ import annotations

from typing import Any

import pytest

from bench.virtual.process import LambdaContext
from greenroom.handlers import websocket
from tests.support.recorders import RecordingFrames


def call(monkeypatch: pytest.MonkeyPatch, event_type: str, body: str | None) -> tuple[dict[str, int], RecordingFrames]:
    frames = RecordingFrames()
    monkeypatch.setattr(websocket, "clients", frames)
    context: dict[str, Any] = {"eventType": event_type, "connectionId": "c="}
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
