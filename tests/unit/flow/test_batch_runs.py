"""Executions of batches that die, or never begin: something else brings the batch to its end."""

from __future__ import annotations

import json
from typing import Any

import pytest

from greenroom.flow.batch_runs import reconcile_batch, sweep_batches
from greenroom.flow.batches import CLOSED_WITHIN, LONGEST
from greenroom.flow.reconciliation import GRACE
from greenroom.record.batch import BatchState, Counts
from tests.support.batches import Classroom
from tests.support.examples import a_body


def died(room: Classroom, batch_id: str, *, closing: bool = False, status: str = "FAILED", **more: Any) -> bool:
    given = json.dumps({"batch": batch_id, "closing": closing})
    detail = {"name": f"{batch_id}-x" if closing else batch_id, "status": status, "input": given, **more}
    return reconcile_batch(detail, batches=room.batches, runs=room.runs, clock=room.clock)


def sweep(room: Classroom) -> int:
    return sweep_batches(batches=room.batches, runs=room.runs, clock=room.clock).count


def closings(room: Classroom) -> list[str]:
    return [name.rpartition("-")[2] for name, given in room.runs.started if given["closing"]]


@pytest.mark.parametrize("status", ["ABORTED", "FAILED", "TIMED_OUT"])
def test_a_batch_whose_execution_died_is_cancelled_with_the_reason_and_closed(status: str) -> None:
    room = Classroom()
    batch_id = room.running(a_body())
    assert died(room, batch_id, status=status, error="States.Timeout", cause="It took a year")
    batch = room.batches.batches[batch_id]
    assert batch.failure
    assert (batch.outcome, batch.failure.error) == (BatchState.CANCELLED, "States.Timeout")
    assert batch.failure.message == "The batch's execution ended early: It took a year"
    assert room.runs.started[-1] == (f"{batch_id}-closing-1", {"batch": batch_id, "closing": True})


def test_the_execution_that_a_cancelled_batch_stops_needs_nobody() -> None:
    room = Classroom()
    batch_id = room.running(a_body())
    room.cancel(batch_id)
    assert not died(room, batch_id, status="ABORTED")
    assert closings(room) == ["0"]


def test_one_that_closes_a_batch_and_dies_is_followed_by_the_next() -> None:
    room = Classroom()
    batch_id = room.running(a_body())
    room.cancel(batch_id)
    assert died(room, batch_id, closing=True, status="ABORTED")
    assert died(room, batch_id, closing=True)
    assert closings(room) == ["0", "1", "2"]


def test_a_batch_whose_summary_was_told_is_left_alone() -> None:
    room = Classroom()
    batch_id = room.running(a_body())
    room.batches.end(batch_id, BatchState.FINISHED, room.clock(), Counts(ready=1))
    assert died(room, batch_id)
    assert room.batches.batches[batch_id].outcome is BatchState.FINISHED
    room.batches.close(batch_id)
    assert not died(room, batch_id)
    assert not died(room, "unknown")


def test_a_batch_that_was_never_started_is_started_by_the_sweep() -> None:
    room = Classroom()
    batch_id = room.accepted(a_body())
    room.runs.started.clear()
    assert sweep(room) == 0
    room.clock.advance(GRACE.seconds + 1)
    assert sweep(room) == 1
    assert [name for name, _ in room.runs.started] == [batch_id]


def test_a_batch_that_does_not_begin_is_closed_in_the_end() -> None:
    room = Classroom()
    batch_id = room.accepted(a_body())
    room.clock.advance(CLOSED_WITHIN.seconds + 1)
    assert sweep(room) == 1
    assert room.batches.batches[batch_id].outcome is BatchState.CANCELLED
    assert closings(room) == ["1"]


def test_a_batch_that_should_have_ended_long_ago_is_closed_once_an_hour() -> None:
    room = Classroom()
    batch_id = room.running(a_body())
    room.clock.advance(LONGEST.total_seconds())
    assert sweep(room) == 0
    room.clock.advance(GRACE.seconds + 1)
    assert [sweep(room), sweep(room)] == [1, 0]
    room.clock.advance(CLOSED_WITHIN.seconds + GRACE.seconds + 1)
    assert sweep(room) == 1
    assert closings(room) == ["1", "2"]
    assert room.batches.batches[batch_id].failure


def test_the_sweep_passes_over_what_was_closed_since_the_index_was_read() -> None:
    room = Classroom()
    batch_id = room.accepted(a_body())
    room.clock.advance(GRACE.seconds + 1)
    overdue = list(room.batches.overdue(room.clock()))
    room.batches.close(batch_id)
    room.batches.overdue = lambda by: iter(overdue)  # type: ignore[method-assign]  # noqa: ARG005
    assert sweep(room) == 0
