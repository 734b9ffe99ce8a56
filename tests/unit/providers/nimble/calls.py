"""The calls that Nimble Studio is asked for session `s`, by the operation that each of them makes first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from greenroom.providers.nimble.fields import NimbleFields
from greenroom.providers.port import StreamProvider
from tests.unit.providers.starts import starting

NO_AGE = timedelta(0)
SESSION = NimbleFields(provider="nimble", studioId="studio", sessionId="s")
CALLS: dict[str, Callable[[StreamProvider[Any]], object]] = {
    "GetStreamingSession": lambda nimble: nimble.prepare(SESSION, "token", starting),
    "CreateStreamingSessionStream": lambda nimble: nimble.create(SESSION, "token"),
    "GetStreamingSessionStream": lambda nimble: nimble.describe(SESSION, "stream", NO_AGE),
    "StopStreamingSession": lambda nimble: nimble.release(SESSION, "stream", "token"),
}
EVERY_CALL = pytest.mark.parametrize("operation", CALLS)


def for_seconds(seconds: int) -> NimbleFields:
    """Make the fields of a request whose URL works for so long."""
    return NimbleFields(provider="nimble", studioId="studio", sessionId="s", expirationInSeconds=seconds)


def failing(operation: str, error: str, call: int | str = "*") -> dict[str, Any]:
    """Make the behaviour of a session for which an operation fails: at every call, or at the n-th."""
    return {"faults": [{"operation": operation, "call": call, "error": error}]}
