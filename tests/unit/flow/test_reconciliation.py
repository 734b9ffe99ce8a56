"""Requests whose executions did not end them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from greenroom.domain.values import Failure, RequestState
from greenroom.flow.reconciliation import GRACE, Swept, reconcile, sweep_overdue
from tests.support.examples import DEFAULTS, a_body, a_planner, a_record
from tests.support.fakes import NOW, FakeClock, InMemoryRecords
from tests.support.recorders import RecordingExecutions

ENDED = {"ABORTED": RequestState.CANCELLED, "TIMED_OUT": RequestState.TIMED_OUT, "FAILED": RequestState.FAILED}


def ended(status: str, **detail: Any) -> dict[str, Any]:
    return {"name": "r", "status": status, "input": json.dumps(a_body()), "error": None, "cause": None, **detail}


def end(records: InMemoryRecords, detail: dict[str, Any]) -> bool:
    return reconcile(detail, records=records, planner=a_planner(), defaults=DEFAULTS, clock=FakeClock())


@pytest.mark.parametrize(("status", "outcome"), ENDED.items())
def test_an_execution_that_ended_ends_its_request(status: str, outcome: RequestState) -> None:
    records = InMemoryRecords(a_record())
    assert end(records, ended(status))
    record = records.records["r"]
    assert (record.state, record.settled_at) == (outcome, NOW)
    assert record.failure
    assert record.failure.error
    assert record.failure.message


@pytest.mark.parametrize("state", [state for state in RequestState if state.is_terminal])
@pytest.mark.parametrize("status", ENDED)
def test_an_outcome_stays(status: str, state: RequestState) -> None:
    records = InMemoryRecords(a_record(state=state))
    assert not end(records, ended(status))
    assert records.records["r"] == a_record(state=state)


def test_the_reason_is_the_service_s_own_where_it_named_one() -> None:
    records = InMemoryRecords(a_record())
    cause = json.dumps({"errorMessage": "ConflictException: It stops", "errorType": "ServiceRefused"})
    end(records, ended("FAILED", error="ServiceRefused", cause=cause))
    assert records.records["r"].failure == Failure("ConflictException", "The execution failed: It stops")


def test_the_reason_is_the_execution_s_own() -> None:
    records = InMemoryRecords(a_record())
    cause = json.dumps({"errorMessage": "The table is gone", "errorType": "E"})
    end(records, ended("FAILED", error="ResourceNotFoundException", cause=cause))
    failure = records.records["r"].failure
    assert failure
    assert failure.error == "ResourceNotFoundException"
    assert failure.message == "The execution failed: The table is gone"


def test_what_came_to_closed_doors_was_rejected_and_is_not_recorded_to_be_announced_again() -> None:
    records = InMemoryRecords()
    assert not end(records, ended("FAILED", error="DoorsClosed", cause="Nothing new is accepted"))
    assert records.get("r") is None


@pytest.mark.parametrize(("status", "outcome"), ENDED.items())
def test_an_execution_that_never_got_to_its_record_is_recorded_to_be_announced(
    status: str, outcome: RequestState
) -> None:
    records = InMemoryRecords()
    assert end(records, ended(status))
    assert records.records["r"].state is outcome
    assert records.records["r"].digest == a_record().digest


@pytest.mark.parametrize("input_", [None, "", "{}", '{"studioId": 1}', "[]"])
def test_a_request_that_was_refused_is_left_alone(input_: str | None) -> None:
    records = InMemoryRecords()
    assert not end(records, ended("FAILED", input=input_))
    assert not records.records


def test_a_sweep_ends_what_is_well_past_its_deadline_and_stops_it() -> None:
    overdue = a_record(id="overdue", deadline_at=NOW - GRACE - timedelta(seconds=1))
    just_late = a_record(id="just late", deadline_at=NOW - GRACE + timedelta(seconds=1))
    done = a_record(id="done", deadline_at=NOW - timedelta(days=1), state=RequestState.READY)
    records, executions = InMemoryRecords(overdue, just_late, done), RecordingExecutions()
    assert sweep_overdue(records=records, executions=executions, clock=FakeClock()) == Swept(1)
    states = {id_: record.state.value for id_, record in records.records.items()}
    assert states == {"overdue": "timed_out", "just late": "pending", "done": "ready"}
    assert [stopped[0] for stopped in executions.stopped] == ["overdue"]


def test_a_second_sweep_finds_nothing() -> None:
    records = InMemoryRecords(a_record(deadline_at=NOW - timedelta(days=1)))
    swept = [sweep_overdue(records=records, executions=RecordingExecutions(), clock=FakeClock()) for _ in range(2)]
    assert swept == [Swept(1), Swept(0)]


class ExecutionsThatDoNotStop(RecordingExecutions):
    def stop(self, request_id: str, error: str, cause: str) -> None:
        super().stop(request_id, error, cause)
        if request_id == "stuck":
            raise ConnectionError("States did not answer")


def test_a_request_that_cannot_be_swept_does_not_keep_the_others_from_it() -> None:
    yesterday = NOW - timedelta(days=1)
    records = InMemoryRecords(*(a_record(id=name, deadline_at=yesterday) for name in ("stuck", "other")))
    executions = ExecutionsThatDoNotStop()
    swept = sweep_overdue(records=records, executions=executions, clock=FakeClock())
    assert {stopped[0] for stopped in executions.stopped} == {"stuck", "other"}
    assert swept.count == 1
    assert {name: str(error) for name, error in swept.errors.items()} == {"stuck": "States did not answer"}
