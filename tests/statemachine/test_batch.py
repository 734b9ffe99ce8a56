"""Batches from their acceptance to their one summary: the real file, the real functions, a clock of their own."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from greenroom.domain.values import Failure, RequestState
from greenroom.flow.batches import LONGEST, LONGEST_PAUSE, SHORTEST_PAUSE
from greenroom.record.batch import BatchState, Counts
from greenroom.request.batch_request import LATEST_START, MAX_REQUESTS
from tests.statemachine.batch_runs import DEFINITION, RELEASED, SLICE_STATES, STATES, TASKS, TEXT, School
from tests.statemachine.definition import is_end, successors
from tests.statemachine.evaluators import by_the_reference, noted
from tests.support.examples import a_body, a_record
from tests.support.fakes import NOW

# https://docs.aws.amazon.com/step-functions/latest/dg/bp-history-limit.html
MAX_EVENTS = 25_000
YEAR_IN_SECONDS = 365 * 86_400
LAST_RESORTS = {"CancelRequests", "EndBatch"}
# The jitter's: over so many delays its spread is about 1 %.
LUCK = 1.05
# The most that ASL takes.
FOR_EVER = 99_999_999
# Ours, and what AWS says of Lambda: its service's errors are to be retried, and a function that did not end in time is
# Lambda.Unknown, Sandbox.Timedout or States.Timeout.
# https://docs.aws.amazon.com/step-functions/latest/dg/bp-lambda-serviceexception.html
# https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html
WAITED_OUT = [
    "RecordUnavailable",
    "EndpointUnreachable",
    "ThrottlingException",
    "DeliveryFailed",
    "Lambda.TooManyRequestsException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.Unknown",
    "Sandbox.Timedout",
    "States.Timeout",
]


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


@pytest.mark.parametrize("error", WAITED_OUT)
@pytest.mark.parametrize("state", sorted(set(TASKS) - {"CancelRequests"}))
def test_an_outage_of_hours_is_waited_out_and_cancels_nothing(state: str, error: str) -> None:
    school = School(failing={state: [error] * 500})
    ends_after(school, 501 if state == "CountBatch" else 1)
    school.room.accepted(a_body())
    (run,) = school.run_what_was_started()
    assert (run.error, run.states[-1]) == (None, "EndBatch")
    (summary,) = school.summaries
    assert (summary["type"], summary["data"]["counts"]) == ("batch.finished", Counts(ready=1).dump())


def test_a_batch_is_cancelled_however_long_its_requests_cannot_be_stopped() -> None:
    school = School(failing={"CancelRequests": ["ThrottlingException"] * 500})
    batch_id = school.room.running(a_body())
    school.room.runs.started.clear()
    school.room.cancel(batch_id)
    (run,) = school.run_what_was_started()
    assert run.error is None
    assert [summary["data"]["counts"] for summary in school.summaries] == [Counts(cancelled=1).dump()]


@pytest.mark.parametrize("state", ["BeginBatch", "SubmitSlice"])
def test_a_batch_whose_tasks_have_a_defect_is_cancelled_and_told(state: str) -> None:
    school = School(failing={state: ["LookupError"] * 21})
    school.room.accepted(a_body())
    (run,) = school.run_what_was_started()
    assert (run.error, run.states[-1]) == (None, "EndBatch")
    (summary,) = school.summaries
    assert (summary["type"], summary["data"]["error"]) == ("batch.cancelled", "LookupError")
    assert summary["data"]["counts"] == Counts(cancelled=1).dump()


def test_requests_that_cannot_be_counted_run_on_and_are_counted_later() -> None:
    school = School(failing={"CountBatch": ["TypeError"] * 3 * 21})
    ends_after(school, 3 * 21 + 1)
    school.room.accepted(a_body(), a_body())
    (run,) = school.run_what_was_started()
    assert run.states.count("WaitToCountAgain") == 3
    assert "CancelRequests" not in run.states
    (summary,) = school.summaries
    assert (summary["type"], summary["data"]["counts"]) == ("batch.finished", Counts(ready=2).dump())


def test_a_batch_whose_execution_dies_is_taken_over_and_what_was_not_submitted_is_submitted() -> None:
    school = School(failing={"SubmitSlice": ["States.Runtime"]})
    batch_id = school.room.accepted(*[a_body()] * 120)
    school.room.begin(batch_id)
    school.room.submit(batch_id, 1)
    school.room.runs.started.clear()
    school.calls.append("SubmitSlice")
    detail: Any = {"name": batch_id, "status": "FAILED", "input": json.dumps({"batch": batch_id, "closing": False})}
    assert school.room.batch_runs.reconcile(detail)
    ends_after(school, 1)
    (run,) = school.run_what_was_started()
    assert run.error is None
    (summary,) = school.summaries
    assert (summary["type"], summary["data"]["counts"]) == ("batch.finished", Counts(ready=120).dump())


@pytest.mark.parametrize(("status", "states"), [("FAILED", "BeginBatch"), ("ABORTED", "CancelRequests")])
def test_a_batch_whose_requests_have_all_ended_is_told_as_finished_however_its_execution_ended(
    status: str, states: str
) -> None:
    school = School()
    batch_id = school.room.running(a_body(), a_body())
    school.room.runs.started.clear()
    end_all(school, RequestState.READY)
    detail: Any = {"name": batch_id, "status": status, "input": json.dumps({"batch": batch_id, "closing": False})}
    school.room.batch_runs.reconcile(detail)
    (run,) = school.run_what_was_started()
    assert states in run.states
    (summary,) = school.summaries
    assert (summary["type"], summary["data"]["counts"]) == ("batch.finished", Counts(ready=2).dump())
    assert school.room.batches.batches[batch_id].due_at is None


@pytest.mark.parametrize("skew", [-60, 60])
def test_a_request_that_comes_late_is_cancelled_whatever_the_functions_clocks_say(skew: int) -> None:
    school = School()
    batch_id = school.room.accepted(a_body(), a_body())
    school.room.begin(batch_id)
    school.room.runs.started.clear()
    school.room.cancel(batch_id)
    school.room.clock.advance(skew)

    def submit_late(task: str) -> None:
        if task == "CancelRequests" and school.calls.count(task) == 1:
            school.room.records.add(replace(a_record(id=f"{batch_id}-1"), batch=batch_id))

    school.after = submit_late
    (run,) = school.run_what_was_started()
    assert run.states.count("CancelRequests") == 4
    assert school.room.records.records[f"{batch_id}-1"].state is RequestState.CANCELLED
    assert [summary["data"]["counts"] for summary in school.summaries] == [Counts(cancelled=2).dump()]


@pytest.mark.parametrize("state", ["finished", "cancelled", "closed"])
def test_a_batch_that_waits_in_the_definition_of_the_release_before_ends_by_the_functions_of_today(state: str) -> None:
    school = School(definition=RELEASED)
    if state == "finished":
        school.room.accepted(*[a_body()] * 120, startAt=(NOW + timedelta(days=359)).isoformat())
        ends_after(school, 2)
    elif state == "cancelled":
        school.failing = {"SubmitSlice": ["LookupError"] * 21}
        school.room.accepted(a_body())
    else:
        batch_id = school.room.running(a_body())
        school.room.runs.started = [("closing", {"batch": batch_id, "closing": True})]
        school.room.batches.cancel(batch_id, NOW, NOW, Failure("BatchCancelled", "By its owner"))
    (run,) = school.run_what_was_started()
    assert (run.error, run.states[-1]) == (None, "EndBatch")
    counts = Counts(ready=120) if state == "finished" else Counts(cancelled=1)
    assert [summary["data"]["counts"] for summary in school.summaries] == [counts.dump()]


def test_a_batch_ends_by_the_functions_of_the_release_before_after_a_rollback() -> None:
    """They leave out `quiet`, which the definition of today does not need."""
    school = School()
    batch_id = school.room.running(a_body())
    school.room.runs.started.clear()
    school.room.cancel(batch_id)
    school.leave_out = frozenset({"quiet"})
    (run,) = school.run_what_was_started()
    assert run.error is None
    assert [summary["type"] for summary in school.summaries] == ["batch.cancelled"]


@pytest.mark.parametrize("state", sorted(LAST_RESORTS))
def test_a_batch_that_cannot_be_closed_is_closed_by_another_execution(state: str) -> None:
    school = School(failing={state: ["LookupError"] * 21})
    batch_id = school.room.accepted(a_body())
    school.room.runs.started.clear()
    school.room.cancel(batch_id)
    (died,) = school.run_what_was_started()
    assert died.error == "LookupError"
    detail: Any = {"name": "x", "status": "FAILED", "input": json.dumps({"batch": batch_id, "closing": True})}
    assert school.room.batch_runs.reconcile(detail)
    school.run_what_was_started()
    assert [summary["type"] for summary in school.summaries] == ["batch.cancelled"]
    assert school.room.batches.batches[batch_id].state is BatchState.CANCELLED


def test_the_reference_comes_to_the_same_values_as_the_evaluator_that_runs_the_tests() -> None:
    school = School(failing={"SubmitSlice": ["LookupError"] * 21})
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


def test_a_task_waits_out_what_waiting_cures_and_a_defect_ends_within_some_minutes() -> None:
    for name, state in TASKS.items():
        *final, waited_out, rest = state["Retry"]
        assert [each["ErrorEquals"] for each in final] == ([["DoorsClosed"]] if name == "BeginBatch" else []), name
        assert waited_out["ErrorEquals"] == WAITED_OUT, name
        assert waited_out["MaxAttempts"] == FOR_EVER, name
        assert rest["ErrorEquals"] == ["States.TaskFailed"], name
        assert rest["MaxAttempts"] * rest["MaxDelaySeconds"] <= 1200, name
        assert {each["JitterStrategy"] for each in (waited_out, rest)} == {"FULL"}, name


def test_an_error_of_the_submission_closes_the_batch_and_one_of_its_counting_does_not() -> None:
    for name, state in {**STATES, **TASKS}.items():
        if state["Type"] in {"Task", "Map"} and name != "SubmitSlice":
            caught = [(each["ErrorEquals"], each["Next"]) for each in state.get("Catch", ())]
            after = "WaitToCountAgain" if name == "CountBatch" else "CancelRequests"
            assert caught == ([] if name in LAST_RESORTS else [(["States.ALL"], after)]), name


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
    # A slice is 7 events, a look 9: its Wait, Task and Choice.
    looks = 10 * 3 + LONGEST.total_seconds() / LONGEST_PAUSE
    assert (3 * 7 * MAX_REQUESTS / 50 + 3 * 9 * looks) * LUCK < MAX_EVENTS


def test_an_outage_for_as_long_as_a_batch_may_take_fits_into_the_history() -> None:
    """After it, the sweep starts another execution, with a history of its own."""
    before = 7 * MAX_REQUESTS / 50 + 9 * 10 * 3
    for name, state in TASKS.items():
        at_once = STATES["SubmitRequests"]["MaxConcurrency"] if name == "SubmitSlice" else 1
        # An attempt that fails is 3 events. A delay with full jitter is half of its limit on average; the 20 attempts
        # or so before the limit is reached add little.
        attempts = LONGEST.total_seconds() / (state["Retry"][-2]["MaxDelaySeconds"] / 2) + 20
        assert (3 * at_once * attempts + before) * LUCK < MAX_EVENTS, name


def test_a_defect_of_the_counting_for_as_long_as_a_batch_may_take_fits_into_the_history() -> None:
    defect = TASKS["CountBatch"]["Retry"][-1]
    delays = [min(2**attempt, defect["MaxDelaySeconds"]) / 2 for attempt in range(defect["MaxAttempts"])]
    # Each round is the task's attempts, its entry and exit, and those of the Wait.
    rounds = LONGEST.total_seconds() / (sum(delays) + STATES["WaitToCountAgain"]["Seconds"])
    assert rounds * (3 * (defect["MaxAttempts"] + 1) + 4) * LUCK < MAX_EVENTS


def test_a_batch_whose_time_comes_while_the_deployment_is_drained_is_cancelled_and_told_at_once() -> None:
    school = School(failing={"BeginBatch": ["DoorsClosed"]})
    school.room.accepted(a_body())
    (run,) = school.run_what_was_started()
    assert run.error is None
    assert school.calls == ["BeginBatch", "CancelRequests", "EndBatch"]
    (summary,) = school.summaries
    assert summary["type"] == "batch.cancelled"
    assert not school.room.records.records
