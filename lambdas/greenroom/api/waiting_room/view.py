"""The JSON that the waiting room shows of a request: as much as a person needs, and no more."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field

from greenroom.domain.errors import EndpointUnreachable, MalformedAnswer, ThrottlingException, UrlExpired
from greenroom.domain.values import RequestState, StreamUrl
from greenroom.domain.wire import Outgoing, Timestamp
from greenroom.flow.estimate import estimate, is_late, seconds_until_next_look
from greenroom.record.links import is_renewed
from greenroom.record.model import Record

# A request may be cancelled between two looks at its stream, and a URL opened in another place.
_LONGEST_PAUSE_SECONDS = 15
_REASONS: Mapping[str, Literal["busy", "unreachable"]] = {
    ThrottlingException.__name__: "busy",
    EndpointUnreachable.__name__: "unreachable",
    MalformedAnswer.__name__: "unreachable",
}


class RoomState(StrEnum):
    """What a person can be told: the states of a request, and the two ways in which a stream is ready no more."""

    PENDING = "pending"
    READY = "ready"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    OPENED = "opened"


class RoomView(Outgoing):
    """A request as its waiting room shows it. It names nobody, and nothing of the service."""

    state: RoomState
    now: Annotated[Timestamp, Field(description="By the server's clock, which the other times are by")]
    since: Annotated[Timestamp, Field(description="When the wait began")]
    ready_at: Annotated[Timestamp | None, Field(description="Half of the streams like it are ready by then")] = None
    latest_ready_at: Annotated[Timestamp | None, Field(description="Nine in ten of them are ready by then")] = None
    late: Annotated[bool, Field(description="It takes longer than nine in ten do")]
    expires_at: Annotated[Timestamp | None, Field(description="When a stream that is ready ends")] = None
    reason: Literal["busy", "unreachable"] | None = None
    retry_after: Annotated[int | None, Field(description="Seconds; absent when there will be nothing new")] = None

    @classmethod
    def of(cls, record: Record, url: StreamUrl | None, now: datetime) -> RoomView:
        state = _state(record, url, now)
        return cls(
            **{"state": state, "now": now, "since": record.created_at, "late": False} | _more(state, record, now)
        )


class OpenedUrl(Outgoing):
    """The URL, given out once."""

    url: str
    expires_at: Timestamp


def _state(record: Record, url: StreamUrl | None, now: datetime) -> RoomState:
    if record.failure and record.failure.error == UrlExpired.__name__:
        return RoomState.EXPIRED
    if record.state is not RequestState.READY:
        return RoomState(record.state.value)
    if is_renewed(record):
        return RoomState.PENDING
    if record.expires_at is None or now >= record.expires_at:
        return RoomState.EXPIRED
    return RoomState.OPENED if url is None or url.opened else RoomState.READY


def _more(state: RoomState, record: Record, now: datetime) -> dict[str, Any]:
    if state is RoomState.PENDING and is_renewed(record):
        # The schedules are of the wait before.
        return {"retry_after": _LONGEST_PAUSE_SECONDS}
    if state is RoomState.PENDING:
        found = estimate(record, now)
        return {
            "ready_at": found.ready_at,
            "latest_ready_at": found.latest_ready_at,
            "late": is_late(record, now),
            "reason": _REASONS.get(record.stream.get("state", "")),
            "retry_after": min(_LONGEST_PAUSE_SECONDS, seconds_until_next_look(record, now)),
        }
    if state is RoomState.READY:
        return {"expires_at": record.expires_at, "retry_after": _LONGEST_PAUSE_SECONDS}
    if state is RoomState.FAILED and record.failure:
        return {"reason": _REASONS.get(record.failure.error)}
    return {}
