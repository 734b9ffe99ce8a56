"""The calls of the API about batches: many requests at once, ahead of time."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol

from greenroom.api.answer import Answer
from greenroom.api.batch_views import BatchView
from greenroom.api.input import is_id, request_id_for
from greenroom.api.owners import Owners
from greenroom.api.usage import BatchLimit
from greenroom.domain.caller import Caller
from greenroom.domain.doors import Doors, ensure_open
from greenroom.domain.errors import FieldError, InvalidRequest, NotAllowed, RequestConflict, UnknownRequest
from greenroom.domain.values import Clock, Failure
from greenroom.flow.admission import Admission
from greenroom.flow.batch_runs import close_instead, run
from greenroom.flow.batches import CLOSED_WITHIN, cancel_batch, count, pause
from greenroom.flow.executions import Executions
from greenroom.record.batch import Batch, BatchState
from greenroom.record.batches import Batches, Members
from greenroom.request.batch_lines import Slice, as_lines, count_lines, slices
from greenroom.request.batch_request import (
    MAX_REQUESTS,
    MAX_SOURCE_BYTES,
    BatchRequest,
    Source,
    digest_of,
    parse_batch,
)
from greenroom.request.rules import Rules

_SHOWN_REJECTIONS = 100


class Sources(Protocol):
    """The S3 objects that batches may come from."""

    def read(self, bucket: str, key: str, limit: int) -> bytes:
        """InvalidRequest if there is no such object, it may not be read, or it has more bytes than `limit`."""
        ...


def create(
    caller: Caller,
    body: Any,
    idempotency_key: str | None,
    *,
    batches: Batches,
    members: Members,
    sources: Sources,
    buckets: Collection[str],
    prefix: str,
    runs: Executions,
    owners: Owners,
    admission: Admission,
    rules: Rules,
    doors: Doors,
    clock: Clock,
    limit: BatchLimit | None = None,
) -> Answer:
    """Keep the batch and its requests, then start its execution. Nothing else is done before the time that it names.

    `prefix`: how the keys of S3 objects begin that a caller may name, with its parts in braces; empty for any.
    """
    owner, digest = owners.owner(caller.arn), digest_of(body)
    batch_id = request_id_for(f"batches of {owner}", idempotency_key)
    batch = batches.get(batch_id) if idempotency_key else None
    if batch is None:
        ensure_open(doors)
        asked = parse_batch(body, rules, admission.of(caller).check)
        if asked.source:
            _ensure_it_may_be_read(asked.source, caller, buckets, prefix)
        made, parts = _new(asked, sources, now=clock().replace(microsecond=0))
        if limit:
            limit.take_room(owner, batch_id, made, clock())
        batch = batches.add(replace(made, id=batch_id, owner=owner, caller=caller, digest=digest), parts)
    if batch.digest != digest:
        raise RequestConflict(f"Batch {batch_id} exists already and asked for something else")
    if batch.outcome is None:
        _run(batch, runs=runs, batches=batches, clock=clock, is_known=idempotency_key is not None)
    headers = {**_retry_after(batch, clock), "Location": f"batches/{batch.id}"}
    return Answer(202, _view(batch, batches, members), headers)


def show(caller: str, batch_id: str, *, batches: Batches, members: Members, owners: Owners, clock: Clock) -> Answer:
    batch = find(caller, batch_id, batches, owners)
    return Answer(200, _view(batch, batches, members), _retry_after(batch, clock))


def cancel(
    caller: str,
    batch_id: str,
    *,
    batches: Batches,
    members: Members,
    runs: Executions,
    owners: Owners,
    clock: Clock,
) -> Answer:
    """End the batch as cancelled; its requests are cancelled by an execution of its own, which takes its time.

    A repeat does what an earlier call could not. RequestConflict if all requests have ended already.
    """
    reason = Failure("BatchCancelled", "The batch was cancelled by its owner")
    find(caller, batch_id, batches, owners)
    batch = cancel_batch(batch_id, reason, batches=batches, members=members, clock=clock)
    if batch.outcome is not BatchState.CANCELLED:
        raise RequestConflict(f"Batch {batch_id} has ended already: {batch.state}")
    close_instead(batch, reason, runs=runs)
    return Answer(202, _view(batch, batches, members), _retry_after(batch, clock))


def find(caller: str, batch_id: str, batches: Batches, owners: Owners) -> Batch:
    """UnknownRequest if there is no such batch that the caller may see."""
    batch = batches.get(batch_id) if is_id(batch_id) else None
    if batch is None or not owners.may_see(caller, batch):
        raise UnknownRequest(f"There is no batch {batch_id} of yours")
    return batch


def _run(batch: Batch, *, runs: Executions, batches: Batches, clock: Clock, is_known: bool) -> None:
    """Start a batch. One whose start fails, and whose id the caller has no way to know, must not begin later on."""
    try:
        run(batch, runs=runs)
    except Exception:
        if not is_known:
            reason = Failure("BatchCancelled", "The batch could not be started")
            batches.cancel(batch.id, clock(), clock() + CLOSED_WITHIN, reason)
            batches.close(batch.id)
        raise


def _new(asked: BatchRequest, sources: Sources, now: datetime) -> tuple[Batch, list[Slice]]:
    """A batch as it is asked for, which is nobody's yet, and its requests."""
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


def _ensure_it_may_be_read(source: Source, caller: Caller, buckets: Collection[str], prefix: str) -> None:
    """InvalidRequest for a bucket that no batch comes from, NotAllowed for the object of another caller."""
    if source.bucket not in buckets:
        rule = "must be one of the buckets that the deployment's setting batchBuckets names"
        raise InvalidRequest([FieldError("source.bucket", rule if buckets else f"{rule}, which is empty")])
    if not prefix:
        return
    own = caller.filled_in(prefix)
    if own is None:
        raise NotAllowed([FieldError("source.key", f"must begin with {prefix}, of which this caller lacks a part")])
    # To S3 they are names like any others; what stands between may take them for the way up.
    leads_up = not {".", ".."}.isdisjoint(source.key.split("/"))
    if leads_up or not source.key.startswith(own):
        raise NotAllowed([FieldError("source.key", f"must begin with {own}, and have neither . nor .. in its path")])


def _view(batch: Batch, batches: Batches, members: Members) -> dict[str, Any]:
    rejections = batches.rejections(batch)[:_SHOWN_REJECTIONS] if batch.begun_at else []
    counts = count(batch, batches=batches, members=members)
    return BatchView.of(replace(batch, counts=counts), rejections).dump()


def _retry_after(batch: Batch, clock: Clock) -> dict[str, str]:
    return {} if batch.ended_at else {"Retry-After": str(pause(batch, clock()))}
