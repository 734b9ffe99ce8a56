"""How often each task is tried, and how the execution ends when it has failed, by whole executions."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sfnx.testing import Failure

from greenroom.domain.values import Status
from tests.statemachine.answers import FAILED, NO_ROOM, PENDING, READY_AT_ONCE, START, Answers, stream, throws
from tests.statemachine.definition import FUNCTIONS, STATES, TASKS, WAITED_OUT, few
from tests.statemachine.executions import play
from tests.statemachine.paths import ACCEPTED, ENDED_AS_FAILED, ROOM_AWAITED

ASKING = ("PrepareSession", "CreateStream", "GetStream")
FINAL = {
    "AcceptRequest": ("InvalidRequest", "RequestConflict", "DoorsClosed", "RequestEnded"),
    **dict.fromkeys(ASKING, ("ServiceRefused", "DeadlineExceeded", "RequestEnded")),
    "GetStream": ("ServiceRefused", "DeadlineExceeded", "UrlExpired", "RequestEnded"),
    "RecordReady": ("DynamoDB.ConditionalCheckFailedException",),
}
PASSING = ("ServiceFailed", "MalformedAnswer", "StreamNotReady")
ATTEMPTS = [
    *((state, error, 1) for state, errors in FINAL.items() for error in errors),
    *((state, "AnyErrorAtAll", 1 + few(state)) for state in FUNCTIONS),
    *((state, error, 1 + few(state)) for state in ASKING for error in PASSING),
    *(("GetStream", error, 1 + few("GetStream")) for error in ("Lambda.Unknown", "Sandbox.Timedout")),
    # AWS: the wildcard `States.TaskFailed` matches any error but this one. A function that hangs is `Sandbox.Timedout`.
    ("GetStream", "States.Timeout", 1),
]
# What makes an execution come to a state that it does not come to when all goes well, and the error it ends with then.
WAYS_TO: dict[str, Answers] = {
    "RejectRequest": {"AcceptRequest": [throws("InvalidRequest")]},
    "CreateStream": {"PrepareSession": [NO_ROOM]},
    "RecordFailure": {"PrepareSession": [FAILED]},
}
ENDS = {"RejectRequest": "InvalidRequest", "RecordFailure": "StreamFailed"}
UP_TO = {
    "AcceptRequest": ("AcceptRequest",),
    "PrepareSession": ACCEPTED[:2],
    "CreateStream": (*ACCEPTED, *ROOM_AWAITED[:2]),
    "GetStream": (*ACCEPTED, "GetStream"),
}
PASSES = [throws(error) for error in sorted(WAITED_OUT)]


def as_lambda_tells(error: str, message: str) -> Failure:
    """Throw an exception of a function, which Lambda wraps in JSON."""
    return throws(error, json.dumps({"errorMessage": message, "errorType": error}))


@pytest.mark.parametrize(("state", "error", "attempts"), ATTEMPTS)
def test_an_error_that_does_not_pass_is_given_so_many_attempts(state: str, error: str, attempts: int) -> None:
    assert len(play(**{**WAYS_TO.get(state, {}), state: [throws(error)]}).inputs[state]) == attempts


@pytest.mark.parametrize("state", FUNCTIONS)
def test_what_passes_is_waited_out_and_uses_up_none_of_the_few_attempts(state: str) -> None:
    errors = [*PASSES * 12, *[throws("AnyErrorAtAll")] * few(state), *PASSES * 13]
    execution = play(**{**WAYS_TO.get(state, {}), state: [*errors, READY_AT_ONCE.get(state, [{}])[0]]})
    assert len(execution.inputs[state]) == len(errors) + 1
    assert execution.path.count(state) == 1


def test_room_is_waited_out_like_throttling_when_it_is_missing_for_the_url_of_a_ready_stream() -> None:
    full = [throws("CapacityUnavailable")] * 50
    assert play(GetStream=[*full, *READY_AT_ONCE["GetStream"]]).error is None


@pytest.mark.parametrize("state", TASKS)
def test_an_error_that_passes_is_retried_with_the_same_input_and_leaves_no_trace(state: str) -> None:
    error = throws("Lambda.ServiceException")
    outcome = {"Error": ENDS.get(state), "Cause": "as it was"}
    answers = READY_AT_ONCE.get(state, [outcome])
    execution = play(**{**WAYS_TO.get(state, {}), state: [error, error, *answers]})
    first, *others = execution.inputs[state]
    assert others == [first, first]
    assert execution.path.count(state) == 1
    assert execution.error == ENDS.get(state)


@pytest.mark.parametrize("state", UP_TO)
def test_an_error_of_any_task_ends_the_request_as_failed_with_that_error(state: str) -> None:
    execution = play(**{**WAYS_TO.get(state, {}), state: [throws("KeyError", "'colour'")]})
    assert execution.path == (*UP_TO[state], *ENDED_AS_FAILED)
    assert execution.failure == ("KeyError", "'colour'")


@pytest.mark.parametrize("state", ASKING)
def test_a_task_that_learns_that_the_request_has_ended_ends_the_execution_and_nothing_else(state: str) -> None:
    execution = play(**{**WAYS_TO.get(state, {}), state: [throws("RequestEnded", "it has ended meanwhile")]})
    assert execution.path == (*UP_TO[state], "Fail")
    assert execution.failure == ("RequestEnded", "it has ended meanwhile")


AWAY = throws("DynamoDB.InternalServerErrorException", "the table is away")


def test_a_ready_stream_is_recorded_as_soon_as_that_is_possible_while_its_url_works() -> None:
    execution = play(RecordReady=[AWAY] * 1000 + [{}])
    assert (execution.error, len(execution.inputs["RecordReady"])) == (None, 1001)
    assert {"RecordReady", "IsStreamAlive"} <= set(execution.path)


def test_an_answer_that_was_lost_of_the_record_of_a_ready_stream_ends_the_execution_well() -> None:
    execution = play(RecordReady=[AWAY, throws("DynamoDB.ConditionalCheckFailedException")])
    assert (execution.error, execution.path[-1]) == (None, "EndedAlready")


def test_a_url_that_ended_before_it_could_be_recorded_is_told_as_expired() -> None:
    over = stream(Status.READY, ready_at=START, expires_at=START - timedelta(seconds=1))
    execution = play(GetStream=[over], RecordReady=[AWAY])
    assert execution.path[-4:] == ("RecordReady", "IsStreamAlive", *ENDED_AS_FAILED)
    error, cause = execution.failure
    assert error == "UrlExpired"
    assert cause
    assert cause.endswith("before that could be recorded: the table is away")


@pytest.mark.parametrize("state", ASKING)
@pytest.mark.parametrize("kind", ["ServiceRefused", "ServiceFailed"])
def test_what_the_service_says_ends_the_request_under_the_service_s_own_name(kind: str, state: str) -> None:
    error = as_lambda_tells(kind, "ResourceNotFoundException: There is no session s (GetStreamingSession, status 404)")
    execution = play(**{**WAYS_TO.get(state, {}), state: [error]})
    assert execution.path == (*UP_TO[state], *ENDED_AS_FAILED)
    said = "There is no session s (GetStreamingSession, status 404)"
    assert execution.failure == ("ResourceNotFoundException", said)


def test_a_stream_whose_time_was_over_before_it_gave_its_url_ends_as_failed() -> None:
    execution = play(PrepareSession=[PENDING], GetStream=[throws("UrlExpired", "its time was over")])
    assert execution.path[-2:] == ENDED_AS_FAILED
    assert execution.failure == ("UrlExpired", "its time was over")


def test_an_execution_fails_with_what_was_recorded() -> None:
    recorded = {"recorded": True, "Error": "AsRecorded", "Cause": "in the words of RecordFailure"}
    execution = play(PrepareSession=[throws("KeyError")], RecordFailure=[recorded])
    assert execution.failure == ("AsRecorded", "in the words of RecordFailure")


@pytest.mark.parametrize("state", ASKING)
def test_an_answer_that_the_flow_cannot_read_is_left_to_those_who_watch_executions_fail(state: str) -> None:
    """Only a defect of ours answers so, and a Wait catches nothing."""
    execution = play(**{**WAYS_TO.get(state, {}), state: [{"status": "PENDING", "streamId": "", "wait": "a moment"}]})
    assert execution.path[-1] in {"WaitForSession", "WaitForCapacity"}
    assert execution.error == "States.QueryEvaluationError"


def test_no_task_has_a_retrier_that_no_error_here_meets() -> None:
    named = {error for state in TASKS for rule in STATES[state]["Retry"] for error in rule["ErrorEquals"]}
    met = {error for _, error, _ in ATTEMPTS} | WAITED_OUT
    assert named <= met | {"CapacityUnavailable", "States.TaskFailed"}
