"""Nimble Studio alone, and the two calls that most of its tests make."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.contract.services import NIMBLE, Service
from tests.contract.support import Client


@pytest.fixture
def service() -> Service:
    return NIMBLE


@pytest.fixture
def create(client: Client) -> Callable[..., dict[str, Any]]:
    """Create a stream, by default in session `s` of studio `studio`; returns the stream."""

    def create(session_id: str = "s", **parameters: object) -> dict[str, Any]:
        answer = client.create_streaming_session_stream(studioId="studio", sessionId=session_id, **parameters)
        stream: dict[str, Any] = answer["stream"]
        return stream

    return create


@pytest.fixture
def get(client: Client) -> Callable[..., dict[str, Any]]:
    """Get a stream of session `s` as it is now."""

    def get(stream: dict[str, Any], session_id: str = "s") -> dict[str, Any]:
        answer = client.get_streaming_session_stream(
            studioId="studio", sessionId=session_id, streamId=stream["streamId"]
        )
        seen: dict[str, Any] = answer["stream"]
        return seen

    return get
