"""An error of any task, by a whole execution: it ends the request as failed, under its own name."""

from __future__ import annotations

import pytest

from tests.statemachine.answers import PENDING, throws
from tests.statemachine.executions import Execution
from tests.statemachine.paths import ACCEPTED, CREATED, ENDED_AS_FAILED, STREAM_AWAITED

_REFUSED = throws("AccessDeniedException", "not for you")
_TOO_LATE = throws("DeadlineExceeded", "The stream was not ready by the deadline, noon")

_UP_TO = {
    "AcceptRequest": ("AcceptRequest",),
    "PrepareSession": ("AcceptRequest", "PrepareSession"),
    "CreateStream": (*ACCEPTED, "CreateStream"),
    "GetStream": (*ACCEPTED, *CREATED, "WaitForStream", "GetStream"),
    "ConnectStream": (*ACCEPTED, *CREATED, *STREAM_AWAITED, "ConnectStream"),
    "PublishReady": (*ACCEPTED, *CREATED, *STREAM_AWAITED, "ConnectStream", "PublishReady"),
}


@pytest.mark.parametrize(
    "state",
    [
        pytest.param(state, marks=pytest.mark.mocked(**{"CreateStream": [PENDING], state: [_REFUSED]}))
        for state in _UP_TO
    ],
)
def test_an_error_of_any_task_ends_the_request_as_failed_with_that_error(execution: Execution, state: str) -> None:
    assert execution.path == (*_UP_TO[state], *ENDED_AS_FAILED)
    assert execution.failure == ("AccessDeniedException", "not for you")


@pytest.mark.parametrize(
    "state",
    [
        pytest.param(state, marks=pytest.mark.mocked(**{"CreateStream": [PENDING], state: [_TOO_LATE]}))
        for state in ("PrepareSession", "CreateStream", "GetStream")
    ],
)
def test_a_task_that_finds_the_deadline_passed_is_not_tried_again(execution: Execution, state: str) -> None:
    assert execution.path == (*_UP_TO[state], *ENDED_AS_FAILED)
    assert execution.calls(state) == 1
    assert execution.failure == ("DeadlineExceeded", "The stream was not ready by the deadline, noon")


@pytest.mark.mocked(AcceptRequest=[throws("InvalidRequest")], RejectRequest=[throws("EventsDown", "no bus")])
def test_a_rejection_that_cannot_be_announced_is_left_to_those_who_watch_executions_fail(execution: Execution) -> None:
    assert execution.path == ("AcceptRequest", "RejectRequest")
    assert execution.failure == ("EventsDown", "no bus")


@pytest.mark.mocked(PrepareSession=[_REFUSED], PublishFailure=[throws("TableDown", "no table")])
def test_a_failure_that_cannot_be_recorded_is_left_to_those_who_watch_executions_fail(execution: Execution) -> None:
    assert execution.path == ("AcceptRequest", "PrepareSession", "PublishFailure")
    assert execution.failure == ("TableDown", "no table")
