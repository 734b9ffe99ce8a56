"""How often each task is tried, by whole executions; the emulator has no jitter and, here, no delays."""

from __future__ import annotations

import pytest

from tests.statemachine.answers import AS_RECORDED, FAILED, PENDING, READY_AT_ONCE, throws
from tests.statemachine.conftest import Play
from tests.statemachine.definition import TASKS
from tests.statemachine.executions import Execution

# What makes an execution come to a state that it does not come to when all goes well.
_WAYS_TO = {
    "RejectRequest": {"AcceptRequest": [throws("InvalidRequest")]},
    "GetStream": {"CreateStream": [PENDING]},
    "RecordFailure": {"PrepareSession": [FAILED]},
}
_OUTCOMES = {"RejectRequest": "InvalidRequest", "RecordFailure": AS_RECORDED[0]}
_WAITING = ("PrepareSession", "CreateStream", "GetStream")
_FINAL = {
    "AcceptRequest": ("InvalidRequest", "RequestConflict", "RequestEnded"),
    **dict.fromkeys(_WAITING, ("ServiceRefused", "DeadlineExceeded")),
    "ConnectStream": ("ServiceRefused", "UrlExpired"),
}
_FEW = {**dict.fromkeys(TASKS, 5), "RecordReady": 9, "RecordFailure": 9}
_PASSING = ("EndpointUnreachable", "ServiceFailed", "MalformedAnswer", "StreamNotReady", "RecordUnavailable")
_ATTEMPTS = [
    *((state, error, 1) for state, errors in _FINAL.items() for error in errors),
    *((state, "AnyErrorAtAll", few + 1) for state, few in _FEW.items()),
    *((state, error, 6) for state in (*_WAITING, "ConnectStream") for error in _PASSING),
    *(("GetStream", error, 6) for error in ("Lambda.ServiceException", "Lambda.Unknown", "Sandbox.Timedout")),
    # AWS: the wildcard `States.TaskFailed` matches any error but this one. A function that hangs is `Sandbox.Timedout`.
    ("GetStream", "States.Timeout", 1),
]
# What RecordFailure is not called for, so that the execution fails with the error itself.
_NOT_RECORDED = {("AcceptRequest", error) for error in _FINAL["AcceptRequest"]} | {
    (state, "AnyErrorAtAll") for state in ("RejectRequest", "RecordFailure")
}
_THROTTLES = [throws("ThrottlingException"), throws("Lambda.TooManyRequestsException")]


@pytest.mark.parametrize(
    ("state", "error", "attempts"),
    [
        pytest.param(*row, marks=pytest.mark.mocked(**{**_WAYS_TO.get(row[0], {}), row[0]: [throws(row[1])]}))
        for row in _ATTEMPTS
    ],
)
def test_an_error_that_does_not_pass_is_given_so_many_attempts(
    execution: Execution, state: str, error: str, attempts: int
) -> None:
    assert execution.calls(state) == attempts
    assert execution.failure == ((error, "as the test says") if (state, error) in _NOT_RECORDED else AS_RECORDED)


@pytest.mark.parametrize("state", TASKS)
def test_throttling_is_waited_out_and_uses_up_none_of_the_few_attempts(play: Play, state: str) -> None:
    few = [throws("AnyErrorAtAll")] * _FEW[state]
    answers = [*_THROTTLES * 12, *few, *_THROTTLES * 13, READY_AT_ONCE[state][0]]
    played = play(**{**_WAYS_TO.get(state, {}), state: answers})
    assert len(played.inputs[state]) == 50 + len(few) + 1
    assert played.execution.path.count(state) == 1
    assert played.execution.error == _OUTCOMES.get(state, "")


@pytest.mark.parametrize("state", TASKS)
def test_an_error_that_passes_is_retried_with_the_same_input_and_leaves_no_trace(play: Play, state: str) -> None:
    error = throws("Lambda.ServiceException")
    played = play(**{**_WAYS_TO.get(state, {}), state: [error, error, READY_AT_ONCE[state][0]]})
    first, *others = played.inputs[state]
    assert others == [first, first]
    assert played.execution.path.count(state) == 1
    assert played.execution.error == _OUTCOMES.get(state, "")
