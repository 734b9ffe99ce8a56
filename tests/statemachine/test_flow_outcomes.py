"""Each branch of the flow, by a whole execution: the states it takes, and how it ends.

The tasks of those that end well are mocked; the others are played, so that RecordFailure sees what it is given.
"""

from __future__ import annotations

import pytest

from tests.statemachine.answers import FAILED, PENDING, READY, accepts, returns, throws
from tests.statemachine.conftest import Play
from tests.statemachine.executions import Execution
from tests.statemachine.paths import ACCEPTED, CREATED, ENDED_AS_FAILED, HANDED_OVER, SESSION_AWAITED, STREAM_AWAITED

LATE = [accepts(deadline_in=-1)]
UNKNOWN = [returns({"status": "HIBERNATING"}), returns({"status": "ready"}), returns({"state": "READY"})]


@pytest.mark.mocked(CreateStream=[READY])
def test_a_stream_that_is_ready_at_once_is_handed_over_without_another_look(execution: Execution) -> None:
    assert execution.path == (*ACCEPTED, *CREATED, *HANDED_OVER)
    assert execution.status == "SUCCEEDED"


@pytest.mark.mocked(CreateStream=[PENDING], GetStream=[PENDING, PENDING, READY])
def test_a_pending_stream_is_looked_at_until_it_is_ready(execution: Execution) -> None:
    assert execution.path == (*ACCEPTED, *CREATED, *(STREAM_AWAITED * 3), *HANDED_OVER)
    assert execution.status == "SUCCEEDED"


@pytest.mark.mocked(PrepareSession=[PENDING, PENDING, READY])
def test_a_stopped_session_is_awaited_before_the_stream_is_created(execution: Execution) -> None:
    assert execution.path == (*ACCEPTED, *(SESSION_AWAITED * 2), *CREATED, *HANDED_OVER)
    assert execution.status == "SUCCEEDED"


@pytest.mark.mocked(PrepareSession=[*UNKNOWN, READY], CreateStream=[PENDING], GetStream=[*UNKNOWN, READY])
def test_a_status_that_nobody_knows_is_waited_for_and_never_taken_for_ready(execution: Execution) -> None:
    assert execution.path == (*ACCEPTED, *(SESSION_AWAITED * 3), *CREATED, *(STREAM_AWAITED * 4), *HANDED_OVER)
    assert execution.status == "SUCCEEDED"


@pytest.mark.mocked(AcceptRequest=LATE)
def test_what_is_ready_when_the_deadline_passes_is_still_handed_over(execution: Execution) -> None:
    assert execution.path == (*ACCEPTED, *CREATED, *HANDED_OVER)
    assert execution.status == "SUCCEEDED"


def test_no_stream_is_created_in_a_session_that_failed(play: Play) -> None:
    execution = play(PrepareSession=[FAILED]).execution
    assert execution.path == (*ACCEPTED, *ENDED_AS_FAILED)
    assert execution.failure == ("SessionFailed", "The session cannot become ready")


def test_a_session_that_failed_is_called_failed_after_the_deadline_too(play: Play) -> None:
    execution = play(AcceptRequest=LATE, PrepareSession=[FAILED]).execution
    assert execution.failure == ("SessionFailed", "The session cannot become ready")


def test_a_session_that_fails_while_it_is_awaited_ends_the_request(play: Play) -> None:
    execution = play(PrepareSession=[PENDING, FAILED]).execution
    assert execution.path == (*ACCEPTED, *SESSION_AWAITED, *ENDED_AS_FAILED)
    assert execution.failure == ("SessionFailed", "The session cannot become ready")


def test_a_session_is_not_awaited_after_the_deadline(play: Play) -> None:
    execution = play(AcceptRequest=LATE, PrepareSession=[PENDING]).execution
    assert execution.path == (*ACCEPTED, *ENDED_AS_FAILED)
    assert execution.failure == ("DeadlineExceeded", "The session was not ready by the deadline")


def test_a_stream_that_could_not_be_created_ends_the_request(play: Play) -> None:
    execution = play(CreateStream=[FAILED]).execution
    assert execution.path == (*ACCEPTED, *CREATED, *ENDED_AS_FAILED)
    assert execution.failure == ("StreamFailed", "The service could not make the stream")


def test_a_stream_that_fails_while_it_is_awaited_ends_the_request(play: Play) -> None:
    execution = play(CreateStream=[PENDING], GetStream=[PENDING, FAILED]).execution
    assert execution.path == (*ACCEPTED, *CREATED, *(STREAM_AWAITED * 2), *ENDED_AS_FAILED)
    assert execution.failure == ("StreamFailed", "The service could not make the stream")


def test_a_stream_that_failed_is_called_failed_after_the_deadline_too(play: Play) -> None:
    execution = play(AcceptRequest=LATE, CreateStream=[FAILED]).execution
    assert execution.failure == ("StreamFailed", "The service could not make the stream")


def test_a_stream_is_not_awaited_after_the_deadline(play: Play) -> None:
    execution = play(AcceptRequest=LATE, CreateStream=[PENDING]).execution
    assert execution.path == (*ACCEPTED, *CREATED, *ENDED_AS_FAILED)
    assert execution.failure == ("DeadlineExceeded", "The stream was not ready by the deadline")


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(name, marks=pytest.mark.mocked(AcceptRequest=[throws(name, "sessionId: is required")]))
        for name in ("InvalidRequest", "RequestConflict")
    ],
)
def test_a_request_that_breaks_a_rule_is_rejected_at_once(execution: Execution, error: str) -> None:
    assert execution.path == ("AcceptRequest", "RejectRequest", "Fail")
    assert execution.calls("AcceptRequest") == 1
    assert execution.failure == (error, "sessionId: is required")


@pytest.mark.mocked(AcceptRequest=[throws("RequestEnded", "it has ended already: cancelled")])
def test_a_request_that_has_ended_already_is_neither_rejected_nor_announced_again(execution: Execution) -> None:
    assert execution.path == ("AcceptRequest", "Fail")
    assert execution.calls("AcceptRequest") == 1
    assert execution.failure == ("RequestEnded", "it has ended already: cancelled")
