"""The tasks of a batch up to its end: one method per task of `batch.asl.json`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from greenroom.domain.doors import ensure_open
from greenroom.domain.errors import FieldError, InvalidRequest, NameTaken, RequestConflict
from greenroom.domain.values import Clock, Failure, RequestState, seconds_until
from greenroom.flow.acceptance import Acceptance
from greenroom.flow.batch_payloads import BatchProgress, BatchStart, BatchTask, Closing, SliceTask, Submitted
from greenroom.flow.executions import Executions
from greenroom.flow.payloads import Submission
from greenroom.record.batch import Batch, BatchState, Counts, Rejection
from greenroom.record.batches import Batches, Members
from greenroom.record.model import Record
from greenroom.record.store import Records
from greenroom.request.batch_lines import read_line
from greenroom.request.batch_request import with_defaults
from greenroom.request.stream_request import MAX_DEADLINE_SECONDS

# The longest that a batch may take once it has begun: the longest deadline, the hour in which a URL is asked for, and
# two for the submission.
LONGEST = timedelta(seconds=MAX_DEADLINE_SECONDS) + timedelta(hours=3)
# How long the closing of a batch may take before the sweep starts it once more. The function that fixes the moment and
# the one that sweeps have clocks of their own; beside an hour, what they differ by is nothing.
CLOSED_WITHIN = timedelta(hours=1)
# A slice that was being submitted when the batch was cancelled has been submitted by then, and the index knows it: a
# function's 30 s, and what the index lags. Step Functions waits for so long, so no clock is compared with another.
QUIET_SECONDS = 45
# An execution whose definition cannot say how long it waited goes by two clocks, which may differ by minutes here.
QUIET_BY_CLOCKS = timedelta(minutes=6)
# In most regions 25 executions can be stopped each second, and 500 at once:
# https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
# One takes about 30 ms to end, so a call takes 6 s, and the next one comes 2 s after it.
CANCELLED_AT_ONCE, PAUSE_BETWEEN = 200, 2
# A function has 30 s, and the last request of a call may take ten of them when Step Functions throttles.
CANCELLING_AT_MOST = timedelta(seconds=15)
ERRORS_OF_A_LINE = 10
SHORTEST_PAUSE, LONGEST_PAUSE = 5, 180


@dataclass(frozen=True)
class BatchTasks:
    """The tasks, with what they work with."""

    batches: Batches
    members: Members
    records: Records
    executions: Executions
    acceptance: Acceptance
    clock: Clock

    def begin_batch(self, task: BatchTask) -> BatchStart:
        """Take a batch up at its time, or once more after its execution died. One that has ended has nothing to submit.

        DoorsClosed ends one as cancelled that begins only now.
        """
        ensure_open(self.acceptance.doors, lambda: self._known(task.id).begun_at is not None)
        now = self.clock()
        self.batches.begin(task.id, now, now + LONGEST)
        batch = self._known(task.id)
        return BatchStart(list(range(batch.slices)) if batch.outcome is None else [])

    def submit_slice(self, task: SliceTask) -> Submitted:
        """Accept each request of a slice and start its flow, as `POST streams` does.

        Its id comes from the batch's and the number of its line, so a slice that is submitted again makes nothing
        twice.
        """
        batch = self._known(task.id)
        accepted, rejections = 0, list[Rejection]()
        for number, line in self.batches.slice(batch, task.slice).lines() if batch.outcome is None else ():
            try:
                request = with_defaults(read_line(line), batch.defaults)
                record = self._accept(Submission(member_id(batch.id, number), request), batch)
            except (InvalidRequest, RequestConflict) as error:
                rejections.append(Rejection(number, _broken_rules(error)))
                continue
            accepted += 1
            if not record.state.is_terminal:
                self._start(record, request)
        if rejections or batch.successors:
            # An earlier attempt may have rejected, by the rules of an earlier version, what is accepted now.
            self.batches.keep_rejections(batch, task.slice, rejections)
        return Submitted(accepted, len(rejections))

    def _accept(self, submission: Submission, batch: Batch) -> Record:
        """What an earlier attempt has accepted stays accepted, whatever the rules of today's version say of it."""
        try:
            return self.acceptance.accept(submission, caller=batch.asked_by, owner=batch.owner, batch=batch.id)
        except (InvalidRequest, RequestConflict):
            record = self.records.get(submission.id)
            if record is None or record.batch != batch.id:
                raise
            return record

    def _start(self, record: Record, request: Mapping[str, Any]) -> None:
        """Start a member's flow. One whose name is taken has failed: it is on record, so it counts and is announced.

        The ids of members can be guessed, and whoever may start an execution chooses its name.
        """
        try:
            self.executions.start(record.id, request)
        except NameTaken as taken:
            failure = Failure(NameTaken.__name__, str(taken))
            self.records.settle(record.id, RequestState.FAILED, self.clock(), failure)

    def count_batch(self, task: BatchTask) -> BatchProgress:
        """Look how far the batch is, and when to look again. A batch that its retention has deleted is at rest."""
        batch = self.batches.get(task.id)
        if batch is None:
            return BatchProgress(0, Counts())
        counts = self.count(batch)
        return BatchProgress(pause(batch, self.clock()) if counts.pending and batch.outcome is None else 0, counts)

    def cancel_requests(self, closing: Closing) -> BatchProgress:
        """Cancel some of the requests that are pending still; come again until there are none, and none can follow.

        Raises the first error once the other requests have had their turn. What it hit is pending still, for the next
        try.
        """
        batch = self.cancel(closing.id, closing.reason) if closing.reason else self._known(closing.id)
        if batch.outcome is not BatchState.CANCELLED or batch.ended_at or batch.failure is None:
            return BatchProgress(0, self.count(batch))
        pending = self.members.pending(batch.id, CANCELLED_AT_ONCE)
        self._cancel_each(pending, batch.failure)
        counts = self.count(batch)
        if pending:
            return BatchProgress(PAUSE_BETWEEN, counts, quiet=False)
        return BatchProgress(_unrest(batch, counts, closing.quiet, self.clock()), counts.closed(), quiet=True)

    def _cancel_each(self, request_ids: Iterable[str], reason: Failure) -> None:
        """Stop each request's execution, then end the request: one that cannot be stopped stays pending.

        The record is what decides. An execution that starts between the two finds its request ended.
        """
        errors, until = list[Exception](), self.clock() + CANCELLING_AT_MOST
        for request_id in request_ids:
            if self.clock() > until:
                break
            try:
                self.executions.stop(request_id, reason.error, reason.message)
                self.records.settle(request_id, RequestState.CANCELLED, self.clock(), reason)
            except Exception as error:  # noqa: BLE001  # whatever it is, it is raised in the end
                errors.append(error)
        if errors:
            raise errors[0]

    def cancel(self, batch_id: str, reason: Failure) -> Batch:
        """End a batch early: as cancelled, or as finished if all of its requests have ended already.

        Return the batch with the outcome that it has then, whoever gave it.
        """
        batch = self._known(batch_id)
        if batch.outcome is None:
            counts = self.count(batch)
            if counts.pending:
                self.batches.cancel(batch_id, self.clock(), self.clock() + CLOSED_WITHIN, reason)
            else:
                self.batches.end(batch_id, BatchState.FINISHED, self.clock(), counts)
        return self._known(batch_id)

    def count(self, batch: Batch) -> Counts:
        """The counts of now; of a batch that has ended, its last ones."""
        if batch.counts:
            return batch.counts
        if batch.begun_at is None:
            return Counts(pending=batch.total)
        return Counts.of(batch.total, self.members.ended(batch.id), len(self.batches.rejections(batch)))

    def _known(self, batch_id: str) -> Batch:
        """LookupError when the batch is gone, which only its retention can do."""
        batch = self.batches.get(batch_id)
        if batch is None:
            raise LookupError(f"There is no batch {batch_id} any more")
        return batch


def pause(batch: Batch, now: datetime) -> int:
    """How many seconds to wait for another look: a tenth of the time since the start, within bounds."""
    since = batch.begun_at or batch.start_at
    waited = (now - since).total_seconds()
    if waited < 0:
        return min(LONGEST_PAUSE, max(1, round(-waited)))
    return round(min(LONGEST_PAUSE, max(SHORTEST_PAUSE, waited / 10)))


def member_id(batch_id: str, line: int) -> str:
    return f"{batch_id}-{line}"


def _unrest(batch: Batch, counts: Counts, quiet: bool | None, now: datetime) -> int:  # noqa: FBT001
    """How many seconds to wait for a request that was being submitted when the batch was cancelled."""
    if batch.begun_at is None or batch.cancelled_at is None or not counts.pending:
        return 0
    if quiet is None:
        return seconds_until(batch.cancelled_at + QUIET_BY_CLOCKS, now)
    return 0 if quiet else QUIET_SECONDS


def _broken_rules(error: InvalidRequest | RequestConflict) -> Sequence[FieldError]:
    return error.errors[:ERRORS_OF_A_LINE] if isinstance(error, InvalidRequest) else [FieldError("id", str(error))]
