"""The calls of the API about batches: many requests at once, ahead of time."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from greenroom.api.input import is_id, request_id_for
from greenroom.api.owners import Owners
from greenroom.api.usage import BatchLimit
from greenroom.api.views import Answer, BatchView
from greenroom.domain.caller import Caller
from greenroom.domain.doors import ensure_open
from greenroom.domain.errors import FieldError, InvalidRequest, NotAllowed, RequestConflict, UnknownRequest
from greenroom.domain.values import Failure
from greenroom.flow.batch_runs import BatchRuns
from greenroom.flow.batches import CLOSED_WITHIN, BatchTasks, pause
from greenroom.record.batch import Batch, BatchState
from greenroom.record.batches import Batches
from greenroom.request.batch_lines import Slice, as_lines, count_lines, slices
from greenroom.request.batch_request import (
    MAX_REQUESTS,
    MAX_SOURCE_BYTES,
    BatchRequest,
    Source,
    digest_of,
    parse_batch,
)

_SHOWN_REJECTIONS = 100


class Sources(Protocol):
    """The S3 objects that batches may come from."""

    def read(self, bucket: str, key: str, limit: int) -> bytes:
        """Return the content. Raise InvalidRequest if there is no object, it is forbidden, or exceeds `limit` bytes."""
        ...


@dataclass(frozen=True)
class BatchCalls:
    """The calls of the API about batches.

    A batch may come from an object in `buckets` whose key begins with `prefix`, which has the caller's parts in braces;
    empty for any key.
    """

    tasks: BatchTasks
    runs: BatchRuns
    sources: Sources
    owners: Owners
    limit: BatchLimit
    buckets: Collection[str] = ()
    prefix: str = ""

    def create(self, caller: Caller, body: Any, idempotency_key: str | None) -> Answer:
        """Store the batch and its requests, then start its execution. Nothing else happens before its start time."""
        batches, acceptance, clock = self.tasks.batches, self.tasks.acceptance, self.tasks.clock
        owner, digest = self.owners.owner(caller.arn), digest_of(body)
        batch_id = request_id_for(f"batches of {owner}", idempotency_key)
        batch = batches.get(batch_id) if idempotency_key else None
        if batch is None:
            ensure_open(acceptance.doors)
            asked = parse_batch(body, acceptance.defaults.rules, acceptance.admission.of(caller).check)
            if asked.source:
                self._ensure_it_may_be_read(asked.source, caller)
            made, parts = _new(asked, self.sources, now=clock().replace(microsecond=0))
            self.limit.take_room(owner, batch_id, made, clock())
            batch = batches.add(replace(made, id=batch_id, owner=owner, caller=caller, digest=digest), parts)
        if batch.digest != digest:
            raise RequestConflict(f"Batch {batch_id} exists already and asked for something else")
        if batch.outcome is None:
            self._run(batch, is_known=idempotency_key is not None)
        return self._answer(202, batch, Location=f"batches/{batch.id}")

    def show(self, caller: str, batch_id: str) -> Answer:
        return self._answer(200, find(caller, batch_id, self.tasks.batches, self.owners))

    def cancel(self, caller: str, batch_id: str) -> Answer:
        """End the batch as cancelled. An execution then cancels its requests, which takes a while.

        A repeat does what an earlier call could not. Raise RequestConflict if all requests have ended already.
        """
        reason = Failure("BatchCancelled", "The batch was cancelled by its owner")
        find(caller, batch_id, self.tasks.batches, self.owners)
        batch = self.tasks.cancel(batch_id, reason)
        if batch.outcome is not BatchState.CANCELLED:
            raise RequestConflict(f"Batch {batch_id} has ended already: {batch.state}")
        self.runs.close_instead(batch, reason)
        return self._answer(202, batch)

    def _run(self, batch: Batch, *, is_known: bool) -> None:
        """Start a batch. If that fails and the caller cannot know the id, make sure that it does not begin later."""
        try:
            self.runs.run(batch)
        except Exception:
            if not is_known:
                reason, now = Failure("BatchCancelled", "The batch could not be started"), self.tasks.clock()
                self.tasks.batches.cancel(batch.id, now, now + CLOSED_WITHIN, reason)
                self.tasks.batches.close(batch.id)
            raise

    def _ensure_it_may_be_read(self, source: Source, caller: Caller) -> None:
        """Raise InvalidRequest for a bucket that is not in the settings, NotAllowed for another caller's object."""
        if source.bucket not in self.buckets:
            rule = "must be one of the buckets that the deployment's setting batchBuckets names"
            raise InvalidRequest([FieldError("source.bucket", rule if self.buckets else f"{rule}, which is empty")])
        if not self.prefix:
            return
        own = caller.filled_in(self.prefix)
        if own is None:
            lacking = f"must begin with {self.prefix}, of which this caller lacks a part"
            raise NotAllowed([FieldError("source.key", lacking)])
        # To S3 they are names like any others; what stands between may take them for the way up.
        leads_up = not {".", ".."}.isdisjoint(source.key.split("/"))
        if leads_up or not source.key.startswith(own):
            raise NotAllowed(
                [FieldError("source.key", f"must begin with {own}, and have neither . nor .. in its path")]
            )

    def _answer(self, status: int, batch: Batch, **headers: str) -> Answer:
        rejections = self.tasks.batches.rejections(batch)[:_SHOWN_REJECTIONS] if batch.begun_at else []
        view = BatchView.of(replace(batch, counts=self.tasks.count(batch)), rejections)
        retry_after = {} if batch.ended_at else {"Retry-After": str(pause(batch, self.tasks.clock()))}
        return Answer(status, view.dump(), {**retry_after, **headers})


def find(caller: str, batch_id: str, batches: Batches, owners: Owners) -> Batch:
    """Return the batch. Raise UnknownRequest if there is none that the caller may see."""
    batch = batches.get(batch_id) if is_id(batch_id) else None
    if batch is None or not owners.may_see(caller, batch):
        raise UnknownRequest(f"There is no batch {batch_id} of yours")
    return batch


def _new(asked: BatchRequest, sources: Sources, now: datetime) -> tuple[Batch, list[Slice]]:
    """Return the batch of a body, without an id and an owner yet, and its requests."""
    start_at = asked.starts_at(now)
    parts = _slices(asked, sources)
    batch = Batch(
        id="",
        owner="",
        digest="",
        created_at=now,
        start_at=start_at,
        total=count_lines(parts),
        slices=len(parts),
        defaults=asked.defaults,
        metadata=asked.metadata,
    )
    return batch, parts


def _slices(asked: BatchRequest, sources: Sources) -> list[Slice]:
    source = asked.source
    text = sources.read(source.bucket, source.key, MAX_SOURCE_BYTES) if source else as_lines(asked.requests or ())
    parts = list(slices(text))
    if not 1 <= count_lines(parts) <= MAX_REQUESTS:
        raise InvalidRequest([FieldError("source", f"must have 1 to {MAX_REQUESTS} lines, one request each")])
    return parts
