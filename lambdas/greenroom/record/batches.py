"""The ports of batches: what is kept of them, and the requests that are theirs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from greenroom.domain.values import Failure, RequestState
from greenroom.record.batch import Batch, BatchState, Counts, Rejection
from greenroom.record.model import Record
from greenroom.record.store import Cursor
from greenroom.request.batch_lines import Slice


class Batches(Protocol):
    """What is kept of every batch. Any call may raise RecordUnavailable.

    A change that one of several callers makes does not say which of them did: botocore repeats a write whose answer was
    lost, and the repeat finds it made. Whoever wants to know what the batch is then, reads it.
    """

    def add(self, batch: Batch, slices: Sequence[Slice]) -> Batch:
        """Keep a new batch with its requests, or give back the one that is there already."""
        ...

    def get(self, batch_id: str) -> Batch | None:
        """The batch as last written (a strongly consistent read)."""
        ...

    def slice(self, batch: Batch, number: int) -> Slice:
        """LookupError if it is gone, which only the retention can do."""
        ...

    def keep_rejections(self, batch: Batch, number: int, rejections: Sequence[Rejection]) -> None:
        """Keep the rejections of a slice: all of them, so that a repeat changes nothing."""
        ...

    def rejections(self, batch: Batch) -> list[Rejection]:
        """All rejections, in the order of the lines."""
        ...

    def begin(self, batch_id: str, at: datetime, due_at: datetime) -> None:
        """Keep that the submission begins, unless the batch has its outcome."""
        ...

    def cancel(self, batch_id: str, at: datetime, due_at: datetime, reason: Failure) -> None:
        """Give the batch the outcome `cancelled`, if it has none."""
        ...

    def end(self, batch_id: str, outcome: BatchState, at: datetime, counts: Counts) -> None:
        """Keep the final counts: of a batch without outcome as `finished`, or of one that was cancelled. Once."""
        ...

    def mark_told(self, batch_id: str, channels: Iterable[str]) -> None:
        """Keep which channels have taken the summary."""
        ...

    def close(self, batch_id: str) -> None:
        """Keep that nothing is left to do."""
        ...

    def note_successor(self, batch_id: str, number: int, due_at: datetime) -> None:
        """Keep the number of the execution that takes over; the batch is overdue after `due_at`."""
        ...

    def overdue(self, by: datetime) -> Iterator[str]:
        """The ids of batches for which something should have happened before `by`."""
        ...


class Members(Protocol):
    """The requests that batches have submitted, by an index, which lags a little. May raise RecordUnavailable."""

    def ended(self, batch_id: str) -> Mapping[RequestState, int]:
        """How many have ended, by their outcomes. Each counts once: an outcome is final."""
        ...

    def pending(self, batch_id: str, limit: int) -> list[str]:
        """The ids of some that have not ended."""
        ...

    def page(
        self, batch_id: str, state: RequestState | None, limit: int, after: Cursor | None = None
    ) -> tuple[list[Record], Cursor | None]:
        """Some records, those of one state together; with a cursor of state and id when there may be more."""
        ...
