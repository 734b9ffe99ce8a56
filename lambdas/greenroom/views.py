"""What the HTTP API shows of a request."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from greenroom.domain import Connection, RequestState
from greenroom.record import Record
from greenroom.wire import Outgoing, Timestamp


class StreamView(Outgoing):
    """A request and how far it is."""

    id: str
    state: RequestState
    created_at: Timestamp
    deadline_at: Timestamp
    studio_id: str
    session_id: str
    metadata: dict[str, Any]
    stream: Annotated[dict[str, str] | None, Field(description="The service's last answer, without its URL")] = None
    error: Annotated[str | None, Field(description="Why there is no stream")] = None
    message: str | None = None

    @classmethod
    def of(cls, record: Record, **more: Any) -> StreamView:
        failure = record.failure
        return cls(
            id=record.id,
            state=record.state,
            created_at=record.created_at,
            deadline_at=record.deadline_at,
            studio_id=record.request.studio_id,
            session_id=record.request.session_id,
            metadata=record.request.metadata,
            stream=dict(record.answer) or None,
            error=failure.error if failure else None,
            message=failure.message if failure else None,
            **more,
        )


class StreamDetails(StreamView):
    """A request, how far it is, and its URL while that is valid and not to be claimed."""

    url: str | None = None
    expires_at: Timestamp | None = None
    seconds_left: int | None = None


class StreamPage(Outgoing):
    """The caller's requests, newest first. `next` is there when there may be more."""

    streams: list[StreamView]
    next: str | None = None


class ClaimedUrl(Outgoing):
    """The URL, given out once."""

    id: str
    url: str
    expires_at: Timestamp
    seconds_left: int


def way_in(connection: Connection, now: datetime) -> dict[str, Any]:
    """The fields that lead to a stream, for the two models above that have them."""
    return {
        "url": connection.url,
        "expires_at": connection.expires_at,
        "seconds_left": connection.seconds_left(now),
    }
