"""Named fakes of what is kept of batches, and the API's calls about them on top of fakes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from greenroom.api.batches import BatchCalls
from greenroom.api.owners import Owners
from greenroom.api.usage import BatchLimit
from greenroom.api.views import Answer
from greenroom.domain.caller import Caller
from greenroom.domain.errors import FieldError, InvalidRequest
from greenroom.domain.values import Failure, RequestState
from greenroom.flow.acceptance import Defaults
from greenroom.flow.batch_payloads import BatchProgress, BatchTask, Closing, SliceTask, Submitted
from greenroom.flow.batch_runs import BatchRuns
from greenroom.flow.batches import BatchTasks
from greenroom.record.batch import Batch, BatchState, Counts, Rejection
from greenroom.record.model import Record
from greenroom.record.store import Cursor
from greenroom.request.batch_lines import Slice
from greenroom.request.identities import IdentityRule
from greenroom.request.rules import Rules
from tests.support.admission import InMemoryOrigins, an_admission
from tests.support.doors import SwingingDoors
from tests.support.examples import OWNER, an_acceptance
from tests.support.fakes import FakeClock, InMemoryRecords
from tests.support.paces import InMemoryPaces
from tests.support.recorders import RecordingExecutions


class InMemoryBatches:
    """Batches by id, with their slices. An outcome, once there, is never written over."""

    def __init__(self, *batches: Batch) -> None:
        self.batches = {batch.id: batch for batch in batches}
        self.slices: dict[str, Sequence[Slice]] = {}
        self.rejected: dict[tuple[str, int], Sequence[Rejection]] = {}

    def add(self, batch: Batch, slices: Sequence[Slice]) -> Batch:
        if batch.id not in self.batches:
            self.slices[batch.id] = slices
        return self.batches.setdefault(batch.id, replace(batch, due_at=batch.start_at))

    def get(self, batch_id: str) -> Batch | None:
        return self.batches.get(batch_id)

    def slice(self, batch: Batch, number: int) -> Slice:
        return self.slices[batch.id][number]

    def keep_rejections(self, batch: Batch, number: int, rejections: Sequence[Rejection]) -> None:
        self.rejected[batch.id, number] = rejections

    def rejections(self, batch: Batch) -> list[Rejection]:
        kept = sorted((number, each) for (batch_id, number), each in self.rejected.items() if batch_id == batch.id)
        return [rejection for _, rejections in kept for rejection in rejections]

    def begin(self, batch_id: str, at: datetime, due_at: datetime) -> None:
        self._change(batch_id, lambda batch: batch.outcome is None, begun_at=at, due_at=due_at)

    def cancel(self, batch_id: str, at: datetime, due_at: datetime, reason: Failure) -> None:
        changes = {"outcome": BatchState.CANCELLED, "cancelled_at": at, "due_at": due_at, "failure": reason}
        self._change(batch_id, lambda batch: batch.outcome is None, **changes)

    def end(self, batch_id: str, outcome: BatchState, at: datetime, counts: Counts) -> None:
        before = outcome if outcome is BatchState.CANCELLED else None
        changes = {"outcome": outcome, "ended_at": at, "counts": counts}
        self._change(batch_id, lambda batch: batch.outcome is before and batch.ended_at is None, **changes)

    def mark_told(self, batch_id: str, channels: Iterable[str]) -> None:
        self._change(batch_id, lambda _: True, told=self.batches[batch_id].told | set(channels))

    def close(self, batch_id: str) -> None:
        self._change(batch_id, lambda _: True, due_at=None)

    def note_successor(self, batch_id: str, number: int, due_at: datetime) -> None:
        self._change(batch_id, lambda _: True, successors=number, due_at=due_at)

    def overdue(self, by: datetime) -> Iterator[str]:
        for batch in list(self.batches.values()):
            if batch.due_at and batch.due_at < by:
                yield batch.id

    def _change(self, batch_id: str, may: Any, **changes: Any) -> None:
        batch = self.batches.get(batch_id)
        if batch and may(batch):
            self.batches[batch_id] = replace(batch, **changes)


class InMemoryMembers:
    """The requests of batches among these records. `hidden`: those that the index does not have yet."""

    def __init__(self, records: InMemoryRecords) -> None:
        self._records = records
        self.hidden: set[str] = set()

    def ended(self, batch_id: str) -> Mapping[RequestState, int]:
        return Counter(record.state for record in self._of(batch_id) if record.state.is_terminal)

    def pending(self, batch_id: str, limit: int) -> list[str]:
        return [record.id for record in self._of(batch_id) if not record.state.is_terminal][:limit]

    def page(
        self, batch_id: str, state: RequestState | None, limit: int, after: Cursor | None = None
    ) -> tuple[list[Record], Cursor | None]:
        found = sorted(self._of(batch_id), key=_key)
        rest = [each for each in found if state in {None, each.state} and (after is None or _key(each) > after)]
        return rest[:limit], _key(rest[limit - 1]) if len(rest) > limit else None

    def _of(self, batch_id: str) -> list[Record]:
        return [
            each for each in self._records.records.values() if each.batch == batch_id and each.id not in self.hidden
        ]


def _key(record: Record) -> tuple[str, str]:
    return record.state.value, record.id


class InMemorySources:
    def __init__(self, **objects: bytes) -> None:
        self.objects = objects

    def read(self, bucket: str, key: str, limit: int) -> bytes:
        content = self.objects.get(f"{bucket}/{key}")
        if content is None or len(content) > limit:
            raise InvalidRequest([FieldError("source.key", "must be an object that is there")])
        return content


class Classroom:
    """The API's calls about batches, and the tasks that run them, on the same fakes."""

    def __init__(
        self,
        *,
        buckets: str = "",
        prefix: str = "",
        sources: InMemorySources | None = None,
        administrators: str = "",
        rules: tuple[IdentityRule, ...] = (),
    ) -> None:
        self.records = InMemoryRecords()
        self.batches = InMemoryBatches()
        self.members = InMemoryMembers(self.records)
        self.executions, self.runs = RecordingExecutions(), RecordingExecutions()
        self.sources = sources or InMemorySources()
        self.buckets = frozenset(buckets.split())
        self.prefix = prefix
        self.owners = Owners(frozenset(administrators.split()))
        self.origins = InMemoryOrigins()
        self.admission = an_admission(*rules, origins=self.origins, administrators=administrators)
        self.providers = Rules(("nimble", "jupyterhub"))
        self.doors = SwingingDoors()
        self.clock = FakeClock()
        self.limit: int | None = None
        self.paces = InMemoryPaces()

    def create(self, body: Any, key: str | None = None, caller: str = OWNER) -> Answer:
        return self.calls.create(Caller(caller), body, key)

    def show(self, batch_id: str, caller: str = OWNER) -> Answer:
        return self.calls.show(caller, batch_id)

    def cancel(self, batch_id: str, caller: str = OWNER) -> Answer:
        return self.calls.cancel(caller, batch_id)

    def begin(self, batch_id: str) -> list[int]:
        return self.tasks.begin_batch(BatchTask(batch_id)).slices

    def submit(self, batch_id: str, number: int = 0) -> Submitted:
        return self.tasks.submit_slice(SliceTask(batch_id, number))

    def count(self, batch_id: str) -> BatchProgress:
        return self.tasks.count_batch(BatchTask(batch_id))

    def cancel_requests(
        self, batch_id: str, reason: Failure | None = None, *, quiet: bool | None = False
    ) -> BatchProgress:
        return self.tasks.cancel_requests(Closing(batch_id, reason, quiet))

    @property
    def tasks(self) -> BatchTasks:
        acceptance = an_acceptance(
            self.records,
            admission=self.admission,
            defaults=Defaults(900, self.providers),
            doors=self.doors,
            clock=self.clock,
        )
        return BatchTasks(self.batches, self.members, self.records, self.executions, acceptance, self.clock)

    @property
    def batch_runs(self) -> BatchRuns:
        return BatchRuns(self.batches, self.runs, self.clock)

    @property
    def calls(self) -> BatchCalls:
        limit = BatchLimit(self.limit, self.batches, self.paces)
        return BatchCalls(self.tasks, self.batch_runs, self.sources, self.owners, limit, self.buckets, self.prefix)

    def accepted(self, *requests: Any, **more: Any) -> str:
        """Make a batch of these requests; return its id."""
        return str(self.create({"requests": list(requests), **more}).body["id"])

    def running(self, *requests: Any) -> str:
        """Make a batch of these requests and submit them all; return its id."""
        batch_id = self.accepted(*requests)
        for number in self.begin(batch_id):
            self.submit(batch_id, number)
        return batch_id

    def end_as(self, state: RequestState, *ids: str) -> None:
        for request_id in ids:
            self.records.records[request_id] = replace(self.records.records[request_id], state=state)
