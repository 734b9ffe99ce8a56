"""The JSON that the API shows of a batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field

from greenroom.domain.errors import FieldError
from greenroom.domain.wire import Outgoing, Timestamp
from greenroom.record.batch import Batch, BatchState, Counts, Rejection


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
