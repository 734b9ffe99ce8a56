"""The tasks of a batch up to its end: one function per task of `batch.asl.json`."""

from __future__ import annotations

from datetime import datetime, timedelta

from greenroom.domain.doors import Doors, ensure_open
from greenroom.domain.errors import InvalidRequest
from greenroom.domain.values import Clock, RequestState, seconds_until
from greenroom.flow.acceptance import accept
from greenroom.flow.batch_payloads import BatchStart, BatchTask, Closing, Rest, SliceTask, Submitted
from greenroom.flow.defaults import Defaults
from greenroom.flow.executions import Executions
from greenroom.flow.payloads import Submission
from greenroom.flow.schedules import Planner
from greenroom.record.batch import Batch, BatchState, Counts, Rejection
from greenroom.record.batches import Batches, Members
from greenroom.record.store import Records
from greenroom.request.batch_lines import read_line
from greenroom.request.batch_request import with_defaults
from greenroom.request.stream_request import MAX_DEADLINE_SECONDS

# The longest that a batch may take once it has begun: the longest deadline, the hour in which a URL is asked for, and
# two for the submission.
LONGEST = timedelta(seconds=MAX_DEADLINE_SECONDS) + timedelta(hours=3)
# How long the closing of a batch may take before the sweep starts it once more.
CLOSED_WITHIN = timedelta(hours=1)
# A slice that was being submitted when the batch was cancelled has been submitted by then, and the index knows it: a
# function's 30 s, and what the index lags.
QUIET_AFTER = timedelta(seconds=45)
# One takes about 30 ms to end: its record, and its execution.
CANCELLED_AT_ONCE = 200
ERRORS_OF_A_LINE = 10
SHORTEST_PAUSE, LONGEST_PAUSE = 5, 180


def begin_batch(task: BatchTask, *, batches: Batches, doors: Doors, clock: Clock) -> BatchStart:
    """Take a batch up at its time. One that was cancelled has nothing to submit; DoorsClosed ends one as cancelled."""
    ensure_open(doors, lambda: _known(batches.get(task.id), task.id).begun_at is not None)
    now = clock()
    if not batches.begin(task.id, now, now + LONGEST):
        return BatchStart([])
    batch = _known(batches.get(task.id), task.id)
    return BatchStart(list(range(batch.slices)))


def submit_slice(
    task: SliceTask,
    *,
    batches: Batches,
    records: Records,
    executions: Executions,
    planner: Planner,
    defaults: Defaults,
    clock: Clock,
) -> Submitted:
    """Accept each request of a slice and start its flow, as `POST streams` does.

    Its id comes from the batch's and the number of its line, so a slice that is submitted again makes nothing twice.
    """
    batch = _known(batches.get(task.id), task.id)
    accepted, rejections = 0, list[Rejection]()
    for number, line in batches.slice(batch, task.slice).lines() if batch.outcome is None else ():
        try:
            request = with_defaults(read_line(line), batch.defaults)
            record = accept(
                Submission(member_id(batch.id, number), request),
                batch.owner,
                records=records,
                planner=planner,
                defaults=defaults,
                clock=clock,
                batch=batch.id,
            )
        except InvalidRequest as error:
            rejections.append(Rejection(number, error.errors[:ERRORS_OF_A_LINE]))
            continue
        accepted += 1
        if not record.state.is_terminal:
            executions.start(record.id, request)
    if rejections:
        batches.keep_rejections(batch, task.slice, rejections)
    return Submitted(accepted, len(rejections))


def count_batch(task: BatchTask, *, batches: Batches, members: Members, clock: Clock) -> Rest:
    """Look how far the batch is, and when to look again."""
    batch = _known(batches.get(task.id), task.id)
    counts = count(batch, batches=batches, members=members)
    return Rest(pause(batch, clock()) if counts.pending and batch.outcome is None else 0, counts)


def cancel_requests(
    closing: Closing,
    *,
    batches: Batches,
    members: Members,
    records: Records,
    executions: Executions,
    clock: Clock,
) -> Rest:
    """Cancel some of the requests that are pending still; come again until there are none, and none can follow."""
    if closing.reason:
        batches.cancel(closing.id, clock(), clock() + CLOSED_WITHIN, closing.reason)
    batch = _known(batches.get(closing.id), closing.id)
    if batch.outcome is not BatchState.CANCELLED or batch.ended_at or batch.failure is None:
        return Rest(0, batch.counts or count(batch, batches=batches, members=members))
    pending = members.pending(batch.id, CANCELLED_AT_ONCE)
    for request_id in pending:
        if records.settle(request_id, RequestState.CANCELLED, clock(), batch.failure):
            executions.stop(request_id, batch.failure.error, batch.failure.message)
    counts = count(batch, batches=batches, members=members)
    if pending:
        return Rest(1, counts)
    return Rest(_unrest(batch, counts, clock()), counts.closed())


def count(batch: Batch, *, batches: Batches, members: Members) -> Counts:
    """The counts of now; of a batch that has ended, its last ones."""
    if batch.counts:
        return batch.counts
    if batch.begun_at is None:
        return Counts(pending=batch.total)
    return Counts.of(batch.total, members.ended(batch.id), len(batches.rejections(batch)))


def pause(batch: Batch, now: datetime) -> int:
    """How many seconds to wait for another look: a tenth of the time since the start, within bounds."""
    since = batch.begun_at or batch.start_at
    waited = (now - since).total_seconds()
    if waited < 0:
        return min(LONGEST_PAUSE, max(1, round(-waited)))
    return round(min(LONGEST_PAUSE, max(SHORTEST_PAUSE, waited / 10)))


def member_id(batch_id: str, line: int) -> str:
    return f"{batch_id}-{line}"


def _unrest(batch: Batch, counts: Counts, now: datetime) -> int:
    """How many seconds a request may still come that was being submitted when the batch was cancelled."""
    if batch.begun_at is None or batch.cancelled_at is None or not counts.pending:
        return 0
    return seconds_until(batch.cancelled_at + QUIET_AFTER, now)


def _known(batch: Batch | None, batch_id: str) -> Batch:
    """LookupError when the batch is gone, which only its retention can do."""
    if batch is None:
        raise LookupError(f"There is no batch {batch_id} any more")
    return batch
