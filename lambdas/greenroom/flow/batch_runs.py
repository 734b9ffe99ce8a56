"""The executions of batches: the one that runs a batch, those that take over from one that died, and those that close.

The first one, and the one by which `DELETE` closes, have the number 0. One that takes over has the next number after
the one that died, which its name ends in, so that it is started once, however often its start is asked for.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from greenroom.domain.errors import DeadlineExceeded, own_error
from greenroom.domain.values import Clock, Failure, to_iso
from greenroom.flow.batches import CLOSED_WITHIN
from greenroom.flow.executions import Executions
from greenroom.flow.reconciliation import GRACE, Swept
from greenroom.record.batch import Batch, BatchState
from greenroom.record.batches import Batches

# What ends so many executions is a defect. A batch is closed then, and its closing is left to the sweep, once an hour.
MOST_SUCCESSORS = 5
# So that an execution that dies at once is not followed by one that dies at once.
TAKEN_OVER_AFTER = timedelta(minutes=1)


@dataclass(frozen=True)
class BatchRuns:
    """The executions of batches, and what has to follow when one of them dies."""

    batches: Batches
    executions: Executions
    clock: Clock

    def run(self, batch: Batch) -> None:
        """Start the execution that runs a batch. A second start is no second execution."""
        self.executions.start(batch.id, {"batch": batch.id, "startAt": to_iso(batch.start_at), "closing": False})

    def close_instead(self, batch: Batch, reason: Failure) -> None:
        """Stop what runs a cancelled batch, which may sleep for months, and close the batch if it has not come to rest.

        A repeat does what is left. The batch is closed even if a stop fails, which is raised in the end.
        """
        try:
            for name in dict.fromkeys([batch.id, _successor(batch.id, batch.successors)]):
                self.executions.stop(name, reason.error, reason.message)
        finally:
            if batch.ended_at is None:
                self._close(batch.id, 0, None)

    def reconcile(self, detail: Mapping[str, Any]) -> bool:
        """Take over from an execution that was aborted, failed or timed out. True if there was something left to do.

        A batch whose requests run is not cancelled because its own execution died: another one counts on. It is where
        somebody has stopped the execution, who wants that, and where so many died that one more would die too.

        `detail` is that of a "Step Functions Execution Status Change" event.
        """
        given = json.loads(detail.get("input") or "{}")
        batch = self.batches.get(given.get("batch") or detail["name"])
        if batch is None or batch.due_at is None:
            return False
        stopped, closing = detail["status"] == "ABORTED", bool(given.get("closing"))
        if stopped and not closing and batch.outcome is BatchState.CANCELLED:
            # By whoever cancelled the batch, and is about to start this one; or was.
            self._close(batch.id, 0, None)
            return True
        number = given.get("number", 0 if detail["name"] == batch.id else batch.successors) + 1
        if batch.outcome is None and not stopped and not closing and number <= MOST_SUCCESSORS:
            self._take_over(batch, number)
        elif not closing or number <= MOST_SUCCESSORS:
            self._end(batch, number, _reason(detail, given))
        else:
            return False
        return True

    def sweep(self) -> Swept:
        """Start what was accepted and never began, and take over every batch of which too long nothing was heard."""
        reason = Failure(DeadlineExceeded.__name__, "Nothing was heard of the batch's execution")

        def take_care(batch_id: str) -> bool:
            batch = self.batches.get(batch_id)
            if batch is None or batch.due_at is None:  # the index lags
                return False
            number = batch.successors + 1
            if batch.outcome is None and batch.begun_at is None and self.clock() < batch.start_at + CLOSED_WITHIN:
                self.run(batch)
            elif batch.outcome is None and number <= MOST_SUCCESSORS:
                self._take_over(batch, number)
            else:
                self._end(batch, number, reason)
            return True

        return Swept.each(self.batches.overdue(self.clock() - GRACE), take_care)

    def _take_over(self, batch: Batch, number: int) -> None:
        """Submit all slices again, which makes nothing twice, and count on."""
        start_at = max(batch.start_at, self.clock() + TAKEN_OVER_AFTER)
        self.batches.note_successor(batch.id, number, start_at + CLOSED_WITHIN)
        given = {"batch": batch.id, "startAt": to_iso(start_at), "closing": False, "number": number}
        self.executions.start(_successor(batch.id, number), given)

    def _end(self, batch: Batch, number: int, reason: Failure) -> None:
        """Bring a batch to its end. Whether there is anything to cancel, CancelRequests finds out."""
        self.batches.note_successor(batch.id, number, self.clock() + CLOSED_WITHIN)
        self._close(batch.id, number, None if batch.outcome else reason)

    def _close(self, batch_id: str, number: int, reason: Failure | None) -> None:
        failure = {"Error": reason.error, "Cause": reason.message} if reason else {"Error": "", "Cause": ""}
        given = {"batch": batch_id, "closing": True, "number": number, "failure": failure}
        self.executions.start(f"{batch_id}-closing-{number}", given)


def _successor(batch_id: str, number: int) -> str:
    return f"{batch_id}-run-{number}" if number else batch_id


def _reason(detail: Mapping[str, Any], given: Mapping[str, Any]) -> Failure:
    """Why a batch is closed: as the execution that was closing it says already, or because of its own end."""
    said = given.get("failure") or {}
    if said.get("Error"):
        return Failure(said["Error"], said.get("Cause", ""))
    error, cause = own_error(detail.get("error") or "ExecutionAborted", detail.get("cause") or "")
    sentence = "The batch's execution ended early"
    return Failure(error, f"{sentence}: {cause}" if cause else sentence)
