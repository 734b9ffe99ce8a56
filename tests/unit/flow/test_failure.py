"""RecordFailure: what a state caught becomes an outcome and a sentence for people."""

from __future__ import annotations

import json
from typing import Any

import pytest

from greenroom.domain.values import Failure, Renewal, RequestState
from greenroom.flow.payloads import FailureOutcome, FailureResult
from greenroom.record.model import Record
from tests.support.examples import a_flow, a_record
from tests.support.fakes import NOW, FakeClock, InMemoryRecords

NOTHING = {"status": "PENDING", "wait": 0, "waited": 0}


def told(records: InMemoryRecords, clock: FakeClock, **outcome: Any) -> FailureResult:
    """Record a failure of request `r`, as the state machine passes it."""
    given = {"id": "r", "Error": "StreamFailed", "Cause": "No stream", "renewal": False, **outcome}
    given["progress"] = {**NOTHING, **given.get("progress", {})}
    return a_flow({}, records, clock).record_failure(FailureOutcome.load(given))


def record(clock: FakeClock, **outcome: Any) -> Record:
    """Record a failure of the pending request `r`; returns its record."""
    records = InMemoryRecords(a_record())
    assert told(records, clock, **outcome).recorded
    return records.records["r"]


def failure(clock: FakeClock, **outcome: Any) -> Failure:
    found = record(clock, **outcome).failure
    assert found
    return found


@pytest.mark.parametrize("error", ["StreamFailed", "SessionFailed", "ResourceNotFoundException", "States.Timeout", ""])
def test_any_error_ends_the_request_as_failed(error: str, clock: FakeClock) -> None:
    ended = record(clock, Error=error)
    assert (ended.state, ended.settled_at) == (RequestState.FAILED, NOW)


def test_a_deadline_that_passed_ends_it_as_timed_out(clock: FakeClock) -> None:
    assert record(clock, Error="DeadlineExceeded").state is RequestState.TIMED_OUT


def test_the_error_keeps_its_name_and_its_message(clock: FakeClock) -> None:
    assert failure(clock, Error="AccessDeniedException", Cause="Not you") == Failure("AccessDeniedException", "Not you")


def test_the_message_is_taken_out_of_a_lambda_error(clock: FakeClock) -> None:
    cause = json.dumps({"errorMessage": "There is no such session", "errorType": "E", "stackTrace": ["secret.py"]})
    assert failure(clock, Cause=cause).message == "There is no such session"


@pytest.mark.parametrize("kind", ["ServiceRefused", "ServiceFailed"])
def test_an_error_of_the_service_is_recorded_and_told_on_by_the_service_s_own_name(kind: str, clock: FakeClock) -> None:
    records, cause = InMemoryRecords(a_record()), json.dumps({"errorMessage": "ConflictException: It stops"})
    result = told(records, clock, Error=kind, Cause=cause)
    assert records.records["r"].failure == Failure("ConflictException", "It stops")
    assert result.dump() == {"recorded": True, "Error": "ConflictException", "Cause": "It stops"}


@pytest.mark.parametrize("state", list(RequestState))
def test_the_execution_fails_with_the_error_whether_it_was_recorded_or_not(
    state: RequestState, clock: FakeClock
) -> None:
    records = InMemoryRecords(a_record(state=state))
    result = told(records, clock, Error="DeadlineExceeded", Cause="Too late")
    assert result.dump() == {"recorded": not state.is_terminal, "Error": "DeadlineExceeded", "Cause": "Too late"}


def test_the_message_ends_with_the_service_s_last_word(clock: FakeClock) -> None:
    progress = {"status": "FAILED", "state": "CREATE_FAILED", "statusCode": "INTERNAL_ERROR"}
    assert failure(clock, progress=progress) == Failure(
        "StreamFailed",
        "No stream (the service's last word: CREATE_FAILED, INTERNAL_ERROR)",
        "CREATE_FAILED",
        "INTERNAL_ERROR",
    )


def test_a_state_without_a_code_is_told_alone(clock: FakeClock) -> None:
    said = failure(clock, progress={"status": "FAILED", "state": "DELETED"})
    assert said.message == "No stream (the service's last word: DELETED)"
    assert said.status_code is None


def test_the_service_s_own_sentence_is_told(clock: FakeClock) -> None:
    progress = {"status": "FAILED", "state": "START_FAILED", "detail": "No capacity in this zone"}
    said = "No stream: No capacity in this zone (the service's last word: START_FAILED)"
    assert failure(clock, progress=progress).message == said


def test_a_renewal_without_a_stream_is_announced_from_now_on(clock: FakeClock) -> None:
    records = InMemoryRecords(a_record(state=RequestState.READY, renewal=Renewal.ASKED))
    assert told(records, clock, renewal=True).recorded
    assert (records.records["r"].renewal, records.records["r"].due_at) == (Renewal.FAILED, NOW)


def test_progress_that_says_nothing_adds_nothing(clock: FakeClock) -> None:
    assert failure(clock, progress={"status": "PENDING"}) == Failure("StreamFailed", "No stream")


@pytest.mark.parametrize("state", [state for state in RequestState if state.is_terminal])
def test_an_outcome_is_never_written_over(state: RequestState, clock: FakeClock) -> None:
    records = InMemoryRecords(a_record(state=state))
    assert not told(records, clock).recorded
    assert records.records["r"] == a_record(state=state)
