"""The JSON that announces: to the topic, webhooks and WebSocket connections, and without `url` to the bus."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from greenroom.domain.errors import FieldError
from greenroom.domain.wire import Outgoing, Timestamp, WaitingRoomLink
from greenroom.record.batch import Counts


class _Data(Outgoing):
    """The part of every outcome about its request; the provider's identifying fields stand beside it as asked."""

    model_config = ConfigDict(extra="allow")

    id: str
    provider: str
    batch: Annotated[str | None, Field(description="The batch that the request belongs to")] = None
    stream_id: str | None = None


class ReadyData(_Data):
    """A stream that is ready, and its URL."""

    state: Literal["READY"]
    url: Annotated[str | None, Field(description="A bearer secret. Absent if the owner has to claim it")] = None
    expires_at: Timestamp
    seconds_left: Annotated[int, Field(description="How long the URL still works at the time of this attempt")]
    waiting_room: Annotated[WaitingRoomLink | None, Field(description="There when the request asked for it")] = None
    metadata: dict[str, Any]


class FailureData(_Data):
    """Why there is no stream, with the service's own words where it gave any."""

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


class RejectedData(Outgoing):
    """A request that was refused; `errors` names each rule that it breaks."""

    id: str
    error: str
    message: str
    errors: list[FieldError]


class BatchData(Outgoing):
    """How the requests of a batch have ended; `error` and `message` say why it was cancelled."""

    id: str
    state: Literal["finished", "cancelled"]
    total: int
    counts: Counts
    created_at: Timestamp
    start_at: Timestamp
    ended_at: Timestamp
    error: str | None = None
    message: str | None = None
    metadata: dict[str, Any]


class BatchMessage(Outgoing):
    """The summary of a batch, once all of its requests have come to rest."""

    type: Literal["batch.finished", "batch.cancelled"]
    timestamp: Timestamp
    data: BatchData


class ProgressData(Outgoing):
    """The service's last words about the stream."""

    id: str
    state: str | None = None
    status_code: str | None = None


class ProgressFrame(Outgoing):
    """The frame that a WebSocket client sees while it waits."""

    type: Literal["stream.progress"]
    data: ProgressData
