"""Requests whose executions did not end them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from greenroom.domain import RequestState
from greenroom.reconciliation import GRACE, reconcile, sweep
from tests.unit.examples import DEFAULTS, a_body, a_record
from tests.unit.fakes import NOW, FakeClock, InMemoryRequests
from tests.unit.recorders import RecordingExecutions

ENDED = {"ABORTED": RequestState.CANCELLED, "TIMED_OUT": RequestState.TIMED_OUT, "FAILED": RequestState.FAILED}


def ended(status: str, **detail: Any) -> dict[str, Any]:
    return {"name": "r", "status": status, "input": json.dumps(a_body()), "error": None, "cause": None, **detail}


def end(requests: InMemoryRequests, detail: dict[str, Any]) -> bool:
    return reconcile(detail, requests=requests, defaults=DEFAULTS, clock=FakeClock())


@pytest.mark.parametrize(("status", "outcome"), ENDED.items())
def test_an_execution_that_ended_ends_its_request(status: str, outcome: RequestState) -> None:
    requests = InMemoryRequests(a_record())
    assert end(requests, ended(status))
    record = requests.records["r"]
    assert (record.state, record.settled_at) == (outcome, NOW)
    assert record.failure
    assert record.failure.error
    assert record.failure.message


@pytest.mark.parametrize("state", [state for state in RequestState if state.is_terminal])
@pytest.mark.parametrize("status", ENDED)
def test_an_outcome_stays(status: str, state: RequestState) -> None:
    requests = InMemoryRequests(a_record(state=state))
    assert not end(requests, ended(status))
    assert requests.records["r"] == a_record(state=state)


def test_the_reason_is_the_execution_s_own() -> None:
    requests = InMemoryRequests(a_record())
    cause = json.dumps({"errorMessage": "The table is gone", "errorType": "E"})
    end(requests, ended("FAILED", error="ResourceNotFoundException", cause=cause))
    failure = requests.records["r"].failure
    assert failure
    assert failure.error == "ResourceNotFoundException"
    assert failure.message == "The execution failed: The table is gone"


@pytest.mark.parametrize(("status", "outcome"), ENDED.items())
def test_an_execution_that_never_got_to_its_record_is_recorded_to_be_announced(
    status: str, outcome: RequestState
) -> None:
    requests = InMemoryRequests()
    assert end(requests, ended(status))
    assert requests.records["r"].state is outcome
    assert requests.records["r"].request.studio_id == "studio"


@pytest.mark.parametrize("input_", [None, "", "{}", '{"studioId": 1}', "[]"])
def test_a_request_that_was_refused_is_left_alone(input_: str | None) -> None:
    requests = InMemoryRequests()
    assert not end(requests, ended("FAILED", input=input_))
    assert not requests.records


def test_a_sweep_ends_what_is_well_past_its_deadline_and_stops_it() -> None:
    overdue = a_record(id="overdue", deadline_at=NOW - GRACE - timedelta(seconds=1))
    just_late = a_record(id="just late", deadline_at=NOW - GRACE + timedelta(seconds=1))
    done = a_record(id="done", deadline_at=NOW - timedelta(days=1), state=RequestState.READY)
    requests, executions = InMemoryRequests(overdue, just_late, done), RecordingExecutions()
    assert sweep(requests=requests, executions=executions, clock=FakeClock()) == 1
    states = {id_: record.state.value for id_, record in requests.records.items()}
    assert states == {"overdue": "timed_out", "just late": "pending", "done": "ready"}
    assert [stopped[0] for stopped in executions.stopped] == ["overdue"]


def test_a_second_sweep_finds_nothing() -> None:
    requests = InMemoryRequests(a_record(deadline_at=NOW - timedelta(days=1)))
    counts = [sweep(requests=requests, executions=RecordingExecutions(), clock=FakeClock()) for _ in range(2)]
    assert counts == [1, 0]
