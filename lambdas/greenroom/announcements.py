"""The shape of what is announced: to the topic, webhooks and WebSocket connections, and without `url` to the bus."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from greenroom.wire import Outgoing, Timestamp


class ReadyData(Outgoing):
    """A stream that is ready, and how to get in."""

    id: str
    studio_id: str
    session_id: str
    stream_id: str | None = None
    state: Literal["READY"]
    url: Annotated[str | None, Field(description="A bearer secret. Absent when it is to be claimed")] = None
    expires_at: Timestamp
    seconds_left: Annotated[int, Field(description="How long the URL still works at the time of this attempt")]
    metadata: dict[str, Any]


class FailureData(Outgoing):
    """Why there is no stream, with the service's own words where it gave any."""

    id: str
    studio_id: str
    session_id: str
    stream_id: str | None = None
    error: str
    message: str
    state: str | None = None
    status_code: str | None = None
    metadata: dict[str, Any]


class ReadyMessage(Outgoing):
    """The outcome of a request whose stream is ready."""

    type: Literal["stream.ready"]
    timestamp: Timestamp
    data: ReadyData


class FailureMessage(Outgoing):
    """The outcome of a request that got no stream."""

    type: Literal["stream.failed", "stream.timed_out", "stream.cancelled"]
    timestamp: Timestamp
    data: FailureData


class ProgressData(Outgoing):
    """What the service last said of the stream."""

    id: str
    state: str | None = None
    status_code: str | None = None


class ProgressFrame(Outgoing):
    """What a WebSocket client sees while it waits."""

    type: Literal["stream.progress"]
    data: ProgressData
