"""The executions of batches: the one that runs a batch, and those that close it early."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from greenroom.domain.errors import DeadlineExceeded, own_error
from greenroom.domain.values import Clock, Failure, to_iso
from greenroom.flow.batches import CLOSED_WITHIN
from greenroom.flow.executions import Executions
from greenroom.flow.reconciliation import GRACE, Swept
from greenroom.record.batch import Batch, BatchState
from greenroom.record.batches import Batches


def run(batch: Batch, *, runs: Executions) -> None:
    """Start the execution that runs a batch. A second start is no second execution."""
    runs.start(batch.id, {"batch": batch.id, "startAt": to_iso(batch.start_at), "closing": False})


def close(batch_id: str, number: int, *, runs: Executions) -> None:
    """Start an execution that brings a batch to its end: the next number, where the one before came to nothing."""
    runs.start(f"{batch_id}-closing-{number}", {"batch": batch_id, "closing": True})


def close_instead(batch: Batch, reason: Failure, *, runs: Executions) -> None:
    """Stop the execution that runs a cancelled batch, which may sleep for months, and close the batch."""
    runs.stop(batch.id, reason.error, reason.message)
    close(batch.id, 0, runs=runs)


def reconcile_batch(detail: Mapping[str, Any], *, batches: Batches, runs: Executions, clock: Clock) -> bool:
    """Close the batch of an execution that was aborted, failed or timed out. True if there was something left to do.

    `detail` is that of a "Step Functions Execution Status Change" event.
    """
    given = json.loads(detail.get("input") or "{}")
    batch = batches.get(given.get("batch") or detail["name"])
    if batch is None or batch.due_at is None:
        return False
    if detail["status"] == "ABORTED" and batch.outcome is BatchState.CANCELLED and not given.get("closing"):
        # Whoever cancels a batch stops its execution.
        return False
    error, cause = own_error(detail.get("error") or "ExecutionAborted", detail.get("cause") or "")
    reason = Failure(
        error, f"The batch's execution ended early: {cause}" if cause else "The batch's execution ended early"
    )
    _end(batch.id, reason, batches=batches, runs=runs, clock=clock)
    return True


def sweep_batches(*, batches: Batches, runs: Executions, clock: Clock) -> Swept:
    """Start what was accepted and never began, and close every batch that no execution can be at work on any more."""
    reason = Failure(DeadlineExceeded.__name__, "Nothing was heard of the batch's execution")

    def take_care(batch_id: str) -> bool:
        batch = batches.get(batch_id)
        if batch is None or batch.due_at is None:  # the index lags
            return False
        if batch.outcome is None and batch.begun_at is None and clock() < batch.start_at + CLOSED_WITHIN:
            run(batch, runs=runs)
        else:
            _end(batch_id, reason, batches=batches, runs=runs, clock=clock)
        return True

    return Swept.each(batches.overdue(clock() - GRACE), take_care)


def _end(batch_id: str, reason: Failure, *, batches: Batches, runs: Executions, clock: Clock) -> None:
    due_at = clock() + CLOSED_WITHIN
    batches.cancel(batch_id, clock(), due_at, reason)
    close(batch_id, batches.next_closing(batch_id, due_at), runs=runs)
