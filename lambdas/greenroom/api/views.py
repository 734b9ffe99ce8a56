"""The JSON that the API shows of a request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from greenroom.domain.errors import FieldError
from greenroom.domain.values import RequestState, StreamUrl, Waiting
from greenroom.domain.wire import Outgoing, Timestamp
from greenroom.record.batch import Batch, BatchState, Counts, Rejection
from greenroom.record.model import Record


class StreamView(Outgoing):
    """A request and how far it is; the provider's identifying fields stand beside it as they were asked."""

    model_config = ConfigDict(extra="allow")

    id: str
    provider: str
    state: RequestState
    batch: Annotated[str | None, Field(description="The batch that it belongs to")] = None
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
            provider=record.provider,
            state=record.state,
            batch=record.batch,
            created_at=record.created_at,
            deadline_at=record.deadline_at,
            **record.identity,
            metadata=record.metadata,
            stream=dict(record.stream) or None,
            error=failure.error if failure else None,
            message=failure.message if failure else None,
            **more,
        )


class EstimateView(Outgoing):
    """When the stream will be ready, by what was learned of others like it."""

    ready_at: Annotated[Timestamp, Field(description="Half of them are ready by then")]
    latest_ready_at: Annotated[Timestamp, Field(description="Nine in ten of them are ready by then")]


class StreamDetails(StreamView):
    """A request, how far it is, an estimate while it waits, and its URL while that is valid and not to be claimed."""

    estimate: EstimateView | None = None
    url: str | None = None
    expires_at: Timestamp | None = None
    seconds_left: int | None = None


class StreamPage(Outgoing):
    """The caller's requests, newest first. `next` is there when there may be more."""

    streams: list[StreamView]
    next: str | None = None


class ScheduleView(Outgoing):
    """How long one wait of one pool takes, in seconds, and when a stream like those is polled."""

    provider: str
    pool: str
    waiting_for: Waiting
    observations: Annotated[int, Field(description="How many of the latest requests it was learned from")]
    median: int
    latest: Annotated[int, Field(description="The 90th percentile")]
    looks: list[int]
    seen: Annotated[
        list[tuple[int, int | None]],
        Field(description="Each request: not ready after so many seconds, ready after so many, or not seen ready"),
    ]


class SchedulesPage(Outgoing):
    """All that was learned, pool by pool."""

    schedules: list[ScheduleView]
    more: Annotated[int | None, Field(description="How many there are besides, of the pools that are least known")] = (
        None
    )


class ClaimedUrl(Outgoing):
    """The URL, given out once."""

    id: str
    url: str
    expires_at: Timestamp
    seconds_left: int


def url_fields(url: StreamUrl, now: datetime) -> dict[str, Any]:
    """Return the fields of a URL, for the two models above that have them."""
    return {"url": url.url, "expires_at": url.expires_at, "seconds_left": url.seconds_left(now)}


@dataclass(frozen=True)
class Answer:
    status: int
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)


class RejectionView(Outgoing):
    """A line that is no valid request, and the rules that it breaks."""

    line: Annotated[int, Field(ge=1)]
    errors: list[FieldError]


class BatchView(Outgoing):
    """A batch and how far it is. All counts together are its total."""

    id: str
    state: BatchState
    total: Annotated[int, Field(description="How many requests it has, the rejected ones included")]
    start_at: Timestamp
    created_at: Timestamp
    ended_at: Annotated[Timestamp | None, Field(description="When the last of its requests had come to rest")] = None
    counts: Counts
    rejected: Annotated[list[RejectionView] | None, Field(description="The first 100 lines that were rejected")] = None
    error: Annotated[str | None, Field(description="Why it was cancelled")] = None
    message: str | None = None
    metadata: dict[str, Any]

    @classmethod
    def of(cls, batch: Batch, rejections: Sequence[Rejection]) -> BatchView:
        failure = batch.failure
        return cls(
            id=batch.id,
            state=batch.state,
            total=batch.total,
            start_at=batch.start_at,
            created_at=batch.created_at,
            ended_at=batch.ended_at,
            counts=batch.counts or Counts(pending=batch.total),
            rejected=[RejectionView(line=each.line, errors=list(each.errors)) for each in rejections] or None,
            error=failure.error if failure else None,
            message=failure.message if failure else None,
            metadata=dict(batch.metadata),
        )
