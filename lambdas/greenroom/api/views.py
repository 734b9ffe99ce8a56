"""The JSON that the API shows of a request."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from greenroom.domain.values import RequestState, StreamUrl
from greenroom.domain.wire import Outgoing, Timestamp
from greenroom.record.model import Record


class StreamView(Outgoing):
    """A request and how far it is; the provider's identifying fields stand beside it as they were asked."""

    model_config = ConfigDict(extra="allow")

    id: str
    provider: str
    state: RequestState
    created_at: Timestamp
    deadline_at: Timestamp
    metadata: dict[str, Any]
    stream: Annotated[dict[str, str] | None, Field(description="The service's last answer, without its URL")] = None
    error: Annotated[str | None, Field(description="Why there is no stream")] = None
    message: str | None = None

    @classmethod
    def of(cls, record: Record, **more: Any) -> StreamView:
        failure = record.failure
        return cls(
            id=record.id,
            provider=record.request.provider,
            state=record.state,
            created_at=record.created_at,
            deadline_at=record.deadline_at,
            **record.request.fields.identity,
            metadata=record.request.metadata,
            stream=dict(record.stream) or None,
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


def url_fields(url: StreamUrl, now: datetime) -> dict[str, Any]:
    """The fields of a URL, for the two models above that have them."""
    return {"url": url.url, "expires_at": url.expires_at, "seconds_left": url.seconds_left(now)}
