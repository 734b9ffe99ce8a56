"""PublishFailure: what a state caught becomes an outcome and a sentence for people."""

from __future__ import annotations

import json
from typing import Any

import pytest

from greenroom import flow
from greenroom.domain import Failure, RequestState
from greenroom.payloads import FailureNotice
from greenroom.record import Record
from tests.unit.examples import a_record
from tests.unit.fakes import NOW, FakeClock, InMemoryRequests


def publish(clock: FakeClock, **notice: Any) -> Record:
    """Publish a failure of the pending request `r`; returns its record."""
    requests = InMemoryRequests(a_record())
    published = FailureNotice.model_validate({"id": "r", "Error": "StreamFailed", "Cause": "No stream", **notice})
    assert flow.publish_failure(published, requests=requests, clock=clock)
    return requests.records["r"]


def failure(clock: FakeClock, **notice: Any) -> Failure:
    found = publish(clock, **notice).failure
    assert found
    return found


@pytest.mark.parametrize("error", ["StreamFailed", "SessionFailed", "ResourceNotFoundException", "States.Timeout", ""])
def test_any_error_ends_the_request_as_failed(error: str, clock: FakeClock) -> None:
    record = publish(clock, Error=error)
    assert (record.state, record.settled_at) == (RequestState.FAILED, NOW)


def test_a_deadline_that_passed_ends_it_as_timed_out(clock: FakeClock) -> None:
    assert publish(clock, Error="DeadlineExceeded").state is RequestState.TIMED_OUT


def test_the_error_keeps_its_name_and_its_message(clock: FakeClock) -> None:
    assert failure(clock, Error="AccessDeniedException", Cause="Not you") == Failure("AccessDeniedException", "Not you")


def test_the_message_is_taken_out_of_a_lambda_error(clock: FakeClock) -> None:
    cause = json.dumps({"errorMessage": "There is no such session", "errorType": "E", "stackTrace": ["secret.py"]})
    assert failure(clock, Cause=cause).message == "There is no such session"


def test_the_message_ends_with_the_service_s_last_word(clock: FakeClock) -> None:
    report = {"status": "FAILED", "state": "CREATE_FAILED", "statusCode": "INTERNAL_ERROR"}
    assert failure(clock, report=report) == Failure(
        "StreamFailed",
        "No stream (the service's last word: CREATE_FAILED, INTERNAL_ERROR)",
        "CREATE_FAILED",
        "INTERNAL_ERROR",
    )


def test_a_state_without_a_code_is_told_alone(clock: FakeClock) -> None:
    said = failure(clock, report={"status": "FAILED", "state": "DELETED"})
    assert said.message == "No stream (the service's last word: DELETED)"
    assert said.status_code is None


def test_the_service_s_own_sentence_is_told(clock: FakeClock) -> None:
    report = {"status": "FAILED", "state": "START_FAILED", "detail": "No capacity in this zone"}
    assert "No capacity in this zone" in failure(clock, report=report).message


def test_a_report_that_says_nothing_adds_nothing(clock: FakeClock) -> None:
    assert failure(clock, report={"status": "PENDING"}) == Failure("StreamFailed", "No stream")


def test_a_notice_may_come_without_report_and_cause(clock: FakeClock) -> None:
    requests = InMemoryRequests(a_record())
    notice = FailureNotice.model_validate({"id": "r", "Error": "States.Runtime"})
    assert flow.publish_failure(notice, requests=requests, clock=clock)
    assert requests.records["r"].failure == Failure("States.Runtime", "")


@pytest.mark.parametrize("state", [state for state in RequestState if state.is_terminal])
def test_an_outcome_is_never_written_over(state: RequestState, clock: FakeClock) -> None:
    requests = InMemoryRequests(a_record(state=state))
    notice = FailureNotice.model_validate({"id": "r", "Error": "StreamFailed"})
    assert not flow.publish_failure(notice, requests=requests, clock=clock)
    assert requests.records["r"] == a_record(state=state)
