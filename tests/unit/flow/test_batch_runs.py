"""Executions of batches that die, or never begin: something else brings the batch to its end."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from greenroom.domain.values import to_iso
from greenroom.flow.batch_runs import MOST_SUCCESSORS, TAKEN_OVER_AFTER
from greenroom.flow.batches import CLOSED_WITHIN, LONGEST
from greenroom.flow.reconciliation import GRACE
from greenroom.record.batch import BatchState, Counts
from tests.support.batches import Classroom
from tests.support.examples import a_body
from tests.support.fakes import NOW


def died(
    room: Classroom, batch_id: str, *, closing: bool = False, status: str = "FAILED", given: Any = None, **more: Any
) -> bool:
    """Report the end of an execution with this input, or else with one that has no number, as it was once."""
    text = json.dumps(given or {"batch": batch_id, "closing": closing})
    name = f"{batch_id}-x" if closing or given else batch_id
    detail = {"name": name, "status": status, "input": text, **more}
    return room.batch_runs.reconcile(detail)


def sweep(room: Classroom) -> int:
    return room.batch_runs.sweep().count


def closings(room: Classroom) -> list[str]:
    return [name.rpartition("-")[2] for name, given in room.runs.started if given["closing"]]


@pytest.mark.parametrize("status", ["FAILED", "TIMED_OUT"])
def test_a_batch_whose_execution_died_is_taken_over_and_none_of_its_requests_is_cancelled(status: str) -> None:
    room = Classroom()
    batch_id = room.running(a_body())
    assert died(room, batch_id, status=status)
    batch = room.batches.batches[batch_id]
    assert (batch.outcome, batch.successors) == (None, 1)
    soon = NOW + TAKEN_OVER_AFTER
    given = {"batch": batch_id, "startAt": to_iso(soon), "closing": False, "number": 1}
    assert room.runs.started[-1] == (f"{batch_id}-run-1", given)
    assert batch.due_at == soon + CLOSED_WITHIN


def test_one_that_takes_over_from_a_batch_that_sleeps_sleeps_too() -> None:
    room = Classroom()
    start_at = NOW + timedelta(days=40)
    batch_id = room.accepted(a_body(), startAt=start_at.isoformat())
    assert died(room, batch_id)
    assert room.runs.started[-1][1]["startAt"] == to_iso(start_at)
    assert room.batches.batches[batch_id].due_at == start_at + CLOSED_WITHIN


def test_an_execution_whose_event_has_no_input_is_known_by_its_name() -> None:
    room = Classroom()
    batch_id = room.running(a_body())
    detail = {"name": batch_id, "status": "FAILED", "input": None}
    assert room.batch_runs.reconcile(detail)
    assert room.runs.started[-1][0] == f"{batch_id}-run-1"


def test_an_event_of_an_execution_that_was_taken_over_long_ago_starts_no_other() -> None:
    room = Classroom()
    batch_id = room.running(a_body())
    died(room, batch_id)
    first = room.runs.started[-1][1]
    died(room, batch_id, given=first)
    died(room, batch_id, given=first)
    assert {name for name, _ in room.runs.started[1:]} == {f"{batch_id}-run-1", f"{batch_id}-run-2"}


def test_an_event_that_comes_twice_starts_one_execution() -> None:
    room = Classroom()
    batch_id = room.running(a_body())
    for _ in range(2):
        died(room, batch_id)
    assert {name for name, _ in room.runs.started[1:]} == {f"{batch_id}-run-1"}


def test_a_batch_whose_execution_somebody_stopped_is_closed_with_the_reason() -> None:
    room = Classroom()
    batch_id = room.running(a_body())
    assert died(room, batch_id, status="ABORTED", error="Operator", cause="Not today")
    assert room.batches.batches[batch_id].outcome is None, "CancelRequests decides, which counts first"
    failure = {"Error": "Operator", "Cause": "The batch's execution ended early: Not today"}
    given = {"batch": batch_id, "closing": True, "number": 1, "failure": failure}
    assert room.runs.started[-1] == (f"{batch_id}-closing-1", given)


def test_a_batch_whose_execution_was_stopped_without_a_word_is_closed_all_the_same() -> None:
    room = Classroom()
    batch_id = room.running(a_body())
    assert died(room, batch_id, status="ABORTED")
    failure = {"Error": "ExecutionAborted", "Cause": "The batch's execution ended early"}
    assert room.runs.started[-1][1]["failure"] == failure


def test_a_reason_without_words_is_handed_on_without() -> None:
    room = Classroom()
    batch_id = room.running(a_body())
    assert died(room, batch_id, given={"batch": batch_id, "closing": True, "number": 1, "failure": {"Error": "Why"}})
    assert room.runs.started[-1][1]["failure"] == {"Error": "Why", "Cause": ""}


def test_one_that_closes_a_batch_and_dies_before_it_cancelled_hands_the_reason_on() -> None:
    room = Classroom()
    batch_id = room.running(a_body())
    died(room, batch_id, status="ABORTED", error="Operator", cause="Not today")
    _, given = room.runs.started[-1]
    assert died(room, batch_id, given=given, error="LookupError", cause="Something else")
    assert room.runs.started[-1] == (f"{batch_id}-closing-2", {**given, "number": 2})


def test_a_batch_of_which_one_execution_after_the_other_dies_is_closed() -> None:
    room = Classroom()
    batch_id = room.running(a_body())
    for _ in range(MOST_SUCCESSORS + 1):
        _, given = room.runs.started[-1]
        assert died(room, batch_id, given=given, error="States.Runtime")
    name, given = room.runs.started[-1]
    assert (name, given["failure"]["Error"]) == (f"{batch_id}-closing-{MOST_SUCCESSORS + 1}", "States.Runtime")


def test_closings_that_die_one_after_the_other_are_left_to_the_sweep() -> None:
    room = Classroom()
    batch_id = room.running(a_body())
    room.cancel(batch_id)
    for _ in range(MOST_SUCCESSORS):
        _, given = room.runs.started[-1]
        assert died(room, batch_id, given=given)
    _, given = room.runs.started[-1]
    assert not died(room, batch_id, given=given)
    room.clock.advance(CLOSED_WITHIN.seconds + GRACE.seconds + 1)
    assert sweep(room) == 1
    assert closings(room) == ["0", "1", "2", "3", "4", "5", "6"]
    assert {given["failure"]["Error"] for _, given in room.runs.started if given["closing"]} == {""}


def test_a_cancelled_batch_whose_execution_was_stopped_is_closed_even_if_who_stopped_it_failed_then() -> None:
    room = Classroom()
    batch_id = room.running(a_body())
    room.cancel(batch_id)
    room.runs.started.clear()
    assert died(room, batch_id, status="ABORTED")
    ((name, given),) = room.runs.started
    assert name == f"{batch_id}-closing-0", "a second start under this name is no second execution"
    assert given["failure"] == {"Error": "", "Cause": ""}


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


@pytest.mark.parametrize(("late_by", "started"), [(-1, ""), (0, "-run-1")])
def test_a_batch_that_has_not_begun_by_the_end_of_its_time_is_taken_over(late_by: int, started: str) -> None:
    room = Classroom()
    batch_id = room.accepted(a_body())
    room.clock.advance(CLOSED_WITHIN.total_seconds() + late_by)
    assert sweep(room) == 1
    assert room.runs.started[-1][0] == f"{batch_id}{started}"


def test_a_batch_that_does_not_begin_is_taken_over_and_closed_in_the_end() -> None:
    room = Classroom()
    batch_id = room.accepted(a_body())
    for _ in range(MOST_SUCCESSORS + 1):
        room.clock.advance(CLOSED_WITHIN.seconds + TAKEN_OVER_AFTER.seconds + GRACE.seconds + 1)
        assert [sweep(room), sweep(room)] == [1, 0]
    names = [name.removeprefix(f"{batch_id}-") for name, _ in room.runs.started[1:]]
    assert names == ["run-1", "run-2", "run-3", "run-4", "run-5", "closing-6"]
    failure = {"Error": "DeadlineExceeded", "Cause": "Nothing was heard of the batch's execution"}
    assert room.runs.started[-1][1]["failure"] == failure


def test_a_batch_that_should_have_ended_long_ago_is_taken_over_once_an_hour() -> None:
    room = Classroom()
    batch_id = room.running(a_body())
    room.clock.advance(LONGEST.total_seconds())
    assert sweep(room) == 0
    room.clock.advance(GRACE.seconds + 1)
    assert [sweep(room), sweep(room)] == [1, 0]
    room.clock.advance(CLOSED_WITHIN.seconds + TAKEN_OVER_AFTER.seconds + GRACE.seconds + 1)
    assert sweep(room) == 1
    assert [name for name, _ in room.runs.started[1:]] == [f"{batch_id}-run-1", f"{batch_id}-run-2"]
    assert room.batches.batches[batch_id].outcome is None


def test_a_batch_that_is_taken_over_and_then_cancelled_has_both_executions_stopped() -> None:
    room = Classroom()
    batch_id = room.running(a_body())
    died(room, batch_id)
    room.cancel(batch_id)
    reason = room.batches.batches[batch_id].failure
    assert reason
    assert room.runs.stopped == [(name, reason.error, reason.message) for name in (batch_id, f"{batch_id}-run-1")]


def test_the_sweep_passes_over_what_was_closed_since_the_index_was_read() -> None:
    room = Classroom()
    batch_id = room.accepted(a_body())
    room.clock.advance(GRACE.seconds + 1)
    overdue = list(room.batches.overdue(room.clock()))
    room.batches.close(batch_id)
    room.batches.overdue = lambda by: iter(overdue)  # type: ignore[method-assign]  # noqa: ARG005
    assert sweep(room) == 0
