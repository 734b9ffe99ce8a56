"""Batches from their acceptance to their one summary: the real file, the real functions, a clock of their own."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from greenroom.domain.values import RequestState
from greenroom.flow.batch_runs import reconcile_batch
from greenroom.flow.batches import LONGEST, LONGEST_PAUSE, SHORTEST_PAUSE
from greenroom.record.batch import BatchState, Counts
from greenroom.request.batch_request import LATEST_START, MAX_REQUESTS
from tests.statemachine.batch_runs import DEFINITION, SLICE_STATES, STATES, TASKS, TEXT, School
from tests.statemachine.definition import is_end, successors
from tests.statemachine.evaluators import by_the_reference, noted
from tests.support.examples import a_body
from tests.support.fakes import NOW

# https://docs.aws.amazon.com/step-functions/latest/dg/bp-history-limit.html
MAX_EVENTS = 25_000
YEAR_IN_SECONDS = 365 * 86_400
LAST_RESORTS = {"CancelRequests", "EndBatch"}


def end_all(school: School, state: RequestState) -> None:
    for record in list(school.room.records.records.values()):
        if not record.state.is_terminal:
            school.room.records.records[record.id] = replace(record, state=state)


def ends_after(school: School, looks: int, state: RequestState = RequestState.READY) -> None:
    """Have all requests end once the batch was looked at so many times."""

    def look(task: str) -> None:
        if task == "CountBatch" and school.calls.count(task) == looks:
            end_all(school, state)

    school.after = look


def test_a_batch_is_submitted_waited_for_and_told_once() -> None:
    school = School()
    ends_after(school, 2)
    batch_id = school.room.accepted(*[a_body()] * 3)
    (run,) = school.run_what_was_started()
    assert run.states == (
        "IsBatchClosing", "WaitForStart", "BeginBatch", "SubmitRequests", "SubmitSlice",
        "CountBatch", "IsBatchAtRest", "WaitForBatch", "CountBatch", "IsBatchAtRest", "WaitForBatch",
        "CountBatch", "IsBatchAtRest", "EndBatch",
    )  # fmt: skip
    assert run.error is None
    assert school.room.clock.now == NOW + timedelta(seconds=2 * SHORTEST_PAUSE)
    (summary,) = school.summaries
    assert (summary["type"], summary["data"]["id"]) == ("batch.finished", batch_id)
    assert summary["data"]["counts"] == Counts(ready=3).dump()


def test_it_begins_at_its_time() -> None:
    school = School()
    start_at = NOW + timedelta(days=40)
    school.after = lambda _: end_all(school, RequestState.READY)
    school.room.accepted(a_body(), startAt=start_at.isoformat())
    school.run_what_was_started()
    (record,) = school.room.records.records.values()
    assert record.created_at == start_at


def test_ten_thousand_requests_are_each_submitted_once_and_counted_once() -> None:
    school = School(failing={"SubmitSlice": ["RecordUnavailable", "ThrottlingException"]})
    body = [a_body() if number % 100 else {"studioId": 7} for number in range(1, MAX_REQUESTS + 1)]
    school.room.sources.objects["classes/all"] = "\n".join(map(json.dumps, body)).encode()
    school.room.buckets = frozenset({"classes"})
    school.after = lambda state: end_all(school, RequestState.FAILED) if state == "CountBatch" else None
    school.room.create({"source": {"bucket": "classes", "key": "all"}})
    school.run_what_was_started()
    started = [name for name, _ in school.room.executions.started]
    assert len(started) == len(set(started)) == MAX_REQUESTS - 100
    (summary,) = school.summaries
    assert summary["data"]["counts"] == Counts(failed=MAX_REQUESTS - 100, rejected=100).dump()
    assert school.calls.count("SubmitSlice") == MAX_REQUESTS // 50 + 2


@pytest.mark.parametrize("state", ["WaitForStart", "BeginBatch", "SubmitSlice", "CountBatch"])
def test_a_batch_that_is_cancelled_ends_in_the_summary_of_its_closing_alone(state: str) -> None:
    """The execution that was to be stopped runs on here: StopExecution may come too late, or not at all."""
    school = School()
    school.after = lambda task: (
        school.room.cancel(batch_id) if task == state and school.calls.count(task) == 1 else None
    )
    batch_id = school.room.accepted(a_body(), a_body())
    if state == "WaitForStart":
        school.room.cancel(batch_id)
    school.run_what_was_started()
    closed = [run for run in school.run_what_was_started() if run.states[1] == "CancelRequests"]
    assert len(closed) == (0 if state == "WaitForStart" else 1)
    (summary,) = school.summaries
    assert summary["type"] == "batch.cancelled"
    assert summary["data"]["counts"] == Counts(cancelled=2).dump()
    assert {record.state for record in school.room.records.records.values()} <= {RequestState.CANCELLED}


@pytest.mark.parametrize("state", sorted(set(TASKS) - LAST_RESORTS))
def test_a_batch_whose_tasks_fail_for_good_is_cancelled_and_told(state: str) -> None:
    school = School(failing={state: ["RecordUnavailable"] * 21})
    school.room.accepted(a_body())
    (run,) = school.run_what_was_started()
    assert (run.error, run.states[-1]) == (None, "EndBatch")
    (summary,) = school.summaries
    assert (summary["type"], summary["data"]["error"]) == ("batch.cancelled", "RecordUnavailable")
    assert summary["data"]["counts"] == Counts(cancelled=1).dump()


@pytest.mark.parametrize("state", sorted(LAST_RESORTS))
def test_a_batch_that_cannot_be_closed_is_closed_by_another_execution(state: str) -> None:
    school = School(failing={state: ["RecordUnavailable"] * 21})
    batch_id = school.room.accepted(a_body())
    school.room.runs.started.clear()
    school.room.cancel(batch_id)
    (died,) = school.run_what_was_started()
    assert died.error == "RecordUnavailable"
    detail: Any = {"name": "x", "status": "FAILED", "input": json.dumps({"batch": batch_id, "closing": True})}
    assert reconcile_batch(detail, batches=school.room.batches, runs=school.room.runs, clock=school.room.clock)
    school.run_what_was_started()
    assert [summary["type"] for summary in school.summaries] == ["batch.cancelled"]
    assert school.room.batches.batches[batch_id].state is BatchState.CANCELLED


def test_the_reference_comes_to_the_same_values_as_the_evaluator_that_runs_the_tests() -> None:
    school = School(failing={"CountBatch": ["RecordUnavailable"] * 21})
    with noted() as made:
        school.room.accepted(a_body())
        school.run_what_was_started()
        other = School()
        ends_after(other, 1)
        other.room.accepted(a_body())
        other.run_what_was_started()
        batch_id = other.room.running(a_body())
        other.room.cancel(batch_id)
        other.run_what_was_started()
    assert set(re.findall(r"\{%(.*?)%\}", TEXT)) == {each.code for each in made}
    assert by_the_reference(made) == [each.value for each in made]


def test_a_task_is_retried_for_longer_than_a_service_is_away_for_a_while() -> None:
    for name, state in TASKS.items():
        *final, throttled, rest = state["Retry"]
        assert [each["ErrorEquals"] for each in final] == ([["DoorsClosed"]] if name == "BeginBatch" else []), name
        assert throttled["ErrorEquals"] == ["ThrottlingException", "Lambda.TooManyRequestsException"], name
        assert rest["ErrorEquals"] == ["States.TaskFailed"], name
        assert rest["MaxAttempts"] * rest["MaxDelaySeconds"] / 2 >= 600, name
        assert {each["JitterStrategy"] for each in (throttled, rest)} == {"FULL"}, name


def test_every_error_but_those_of_the_last_resorts_closes_the_batch() -> None:
    for name, state in {**STATES, **TASKS}.items():
        if state["Type"] in {"Task", "Map"} and name != "SubmitSlice":
            caught = [(each["ErrorEquals"], each["Next"]) for each in state.get("Catch", ())]
            assert caught == ([] if name in LAST_RESORTS else [(["States.ALL"], "CancelRequests")]), name


def test_each_task_calls_the_function_of_its_name_and_every_state_comes_to_an_end() -> None:
    assert {name: state["Resource"] for name, state in TASKS.items()} == {name: f"${{{name}}}" for name in TASKS}
    assert set(SLICE_STATES) == {"SubmitSlice"}
    assert [name for name, state in STATES.items() if is_end(state)] == ["EndBatch"]
    reached = {DEFINITION["StartAt"]} | {to for state in STATES.values() for to in successors(state)}
    assert reached == set(STATES)
    assert all(len(line) <= 160 for line in TEXT.splitlines())


def test_the_longest_batch_fits_into_one_execution_and_its_history() -> None:
    assert DEFINITION["TimeoutSeconds"] <= YEAR_IN_SECONDS
    assert (LATEST_START + LONGEST).total_seconds() < DEFINITION["TimeoutSeconds"]
    # A slice is 7 events, a look 9: its Wait, Task and Choice. Each attempt that fails is 3 more.
    looks = 10 * 3 + LONGEST.total_seconds() / LONGEST_PAUSE
    assert 3 * 7 * MAX_REQUESTS / 50 + 3 * 9 * looks < MAX_EVENTS


def test_a_batch_whose_time_comes_while_the_deployment_is_drained_is_cancelled_and_told_at_once() -> None:
    school = School(failing={"BeginBatch": ["DoorsClosed"]})
    school.room.accepted(a_body())
    (run,) = school.run_what_was_started()
    assert run.error is None
    assert school.calls == ["BeginBatch", "CancelRequests", "EndBatch"]
    (summary,) = school.summaries
    assert summary["type"] == "batch.cancelled"
    assert not school.room.records.records
