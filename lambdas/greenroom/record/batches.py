"""The ports of batches: the stored batches, and their requests."""

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
    """The stored batches. Any call may raise RecordUnavailable.

    A change that several callers may make does not say which of them made it: botocore repeats a write whose answer was
    lost, and the repeat finds it made. Read the batch to see its state afterwards.
    """

    def add(self, batch: Batch, slices: Sequence[Slice]) -> Batch:
        """Add a new batch with its requests, or return the existing one."""
        ...

    def get(self, batch_id: str) -> Batch | None:
        """Return the batch as last written (a strongly consistent read)."""
        ...

    def slice(self, batch: Batch, number: int) -> Slice:
        """Return a slice. Raise LookupError if it is gone, which only the retention can do."""
        ...

    def keep_rejections(self, batch: Batch, number: int, rejections: Sequence[Rejection]) -> None:
        """Write all rejections of a slice, so that a repeat changes nothing."""
        ...

    def rejections(self, batch: Batch) -> list[Rejection]:
        """Return all rejections, in the order of the lines."""
        ...

    def begin(self, batch_id: str, at: datetime, due_at: datetime) -> None:
        """Note that the submission begins, unless the batch has its outcome."""
        ...

    def cancel(self, batch_id: str, at: datetime, due_at: datetime, reason: Failure) -> None:
        """Give the batch the outcome `cancelled`, if it has none."""
        ...

    def end(self, batch_id: str, outcome: BatchState, at: datetime, counts: Counts) -> None:
        """Write the final counts once: of a batch without outcome as `finished`, or of a cancelled one."""
        ...

    def mark_told(self, batch_id: str, channels: Iterable[str]) -> None:
        """Note which channels have taken the summary."""
        ...

    def close(self, batch_id: str) -> None:
        """Note that nothing is left to do."""
        ...

    def note_successor(self, batch_id: str, number: int, due_at: datetime) -> None:
        """Write the number of the execution that takes over; the batch is overdue after `due_at`."""
        ...

    def overdue(self, by: datetime) -> Iterator[str]:
        """Yield the ids of batches that are overdue since before `by`."""
        ...


class Members(Protocol):
    """The requests that batches have submitted, by an index, which lags a little. May raise RecordUnavailable."""

    def ended(self, batch_id: str) -> Mapping[RequestState, int]:
        """Count the requests that have ended, by outcome. Each counts once: an outcome is final."""
        ...

    def pending(self, batch_id: str, limit: int) -> list[str]:
        """Return the ids of at most `limit` requests that have not ended."""
        ...

    def page(
        self, batch_id: str, state: RequestState | None, limit: int, after: Cursor | None = None
    ) -> tuple[list[Record], Cursor | None]:
        """Return a page of records, sorted by state, and a cursor of state and id if there may be more."""
        ...
