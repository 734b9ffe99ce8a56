"""An error of any task, by a whole execution: it ends the request as failed, under its own name."""

from __future__ import annotations

import json

import pytest

from tests.statemachine.answers import AS_RECORDED, PENDING, throws
from tests.statemachine.conftest import Play
from tests.statemachine.executions import Execution
from tests.statemachine.paths import ACCEPTED, CREATED, ENDED_AS_FAILED, STREAM_AWAITED

_TOO_LATE = throws("DeadlineExceeded", "The stream was not ready by the deadline, noon")
_EXPIRED = throws("UrlExpired", "The stream was ready, and its time was over")
_UNFORESEEN = throws("KeyError", "'colour'")

_UP_TO = {
    "AcceptRequest": ("AcceptRequest",),
    "PrepareSession": ("AcceptRequest", "PrepareSession"),
    "CreateStream": (*ACCEPTED, "CreateStream"),
    "GetStream": (*ACCEPTED, *CREATED, "WaitForStream", "GetStream"),
    "ConnectStream": (*ACCEPTED, *CREATED, *STREAM_AWAITED, "ConnectStream"),
    "RecordReady": (*ACCEPTED, *CREATED, *STREAM_AWAITED, "ConnectStream", "RecordReady"),
}
_ASKING = ("PrepareSession", "CreateStream", "GetStream", "ConnectStream")


def _as_lambda_tells(error: str, message: str) -> dict[str, dict[str, str]]:
    """Throw an exception of a function, which Lambda wraps in JSON."""
    return {"Throw": {"Error": error, "Cause": json.dumps({"errorMessage": message, "errorType": error})}}


@pytest.mark.parametrize("state", _UP_TO)
def test_an_error_of_any_task_ends_the_request_as_failed_with_that_error(play: Play, state: str) -> None:
    execution = play(**{"CreateStream": [PENDING], state: [_UNFORESEEN]}).execution
    assert execution.path == (*_UP_TO[state], *ENDED_AS_FAILED)
    assert execution.failure == ("KeyError", "'colour'")


@pytest.mark.parametrize("state", _ASKING)
@pytest.mark.parametrize("kind", ["ServiceRefused", "ServiceFailed"])
def test_what_the_service_says_ends_the_request_under_the_service_s_own_name(play: Play, kind: str, state: str) -> None:
    error = _as_lambda_tells(kind, "ResourceNotFoundException: There is no session s (GetStreamingSession, status 404)")
    execution = play(**{"CreateStream": [PENDING], state: [error]}).execution
    assert execution.path == (*_UP_TO[state], *ENDED_AS_FAILED)
    said = "There is no session s (GetStreamingSession, status 404)"
    assert execution.failure == ("ResourceNotFoundException", said)


@pytest.mark.parametrize("state", ["PrepareSession", "CreateStream", "GetStream"])
def test_a_task_that_finds_the_deadline_passed_is_not_tried_again(play: Play, state: str) -> None:
    execution = play(**{"CreateStream": [PENDING], state: [_TOO_LATE]}).execution
    assert execution.path == (*_UP_TO[state], *ENDED_AS_FAILED)
    assert execution.calls(state) == 1
    assert execution.failure == ("DeadlineExceeded", "The stream was not ready by the deadline, noon")


def test_a_stream_whose_time_was_over_before_it_gave_its_url_is_not_tried_again(play: Play) -> None:
    execution = play(CreateStream=[PENDING], ConnectStream=[_EXPIRED]).execution
    assert execution.path == (*_UP_TO["ConnectStream"], *ENDED_AS_FAILED)
    assert execution.calls("ConnectStream") == 1
    assert execution.failure == ("UrlExpired", "The stream was ready, and its time was over")


@pytest.mark.mocked(PrepareSession=[_UNFORESEEN])
def test_an_execution_fails_with_what_was_recorded(execution: Execution) -> None:
    assert execution.failure == AS_RECORDED


@pytest.mark.mocked(AcceptRequest=[throws("InvalidRequest")], RejectRequest=[throws("EventsDown", "no bus")])
def test_a_rejection_that_cannot_be_announced_is_left_to_those_who_watch_executions_fail(execution: Execution) -> None:
    assert execution.path == ("AcceptRequest", "RejectRequest")
    assert execution.failure == ("EventsDown", "no bus")


@pytest.mark.mocked(PrepareSession=[_UNFORESEEN], RecordFailure=[throws("TableDown", "no table")])
def test_a_failure_that_cannot_be_recorded_is_left_to_those_who_watch_executions_fail(execution: Execution) -> None:
    assert execution.path == ("AcceptRequest", "PrepareSession", "RecordFailure")
    assert execution.failure == ("TableDown", "no table")
