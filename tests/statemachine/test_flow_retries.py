"""Errors that pass are waited out, by whole executions; the emulator has no jitter and, here, no delays."""

from __future__ import annotations

import pytest

from tests.statemachine.answers import FAILED, PENDING, READY_AT_ONCE, throws
from tests.statemachine.conftest import Play
from tests.statemachine.definition import TASKS
from tests.statemachine.executions import Execution

# What makes an execution come to a state that it does not come to when all goes well.
_WAYS_TO = {
    "RejectRequest": {"AcceptRequest": [throws("InvalidRequest")]},
    "GetStream": {"CreateStream": [PENDING]},
    "PublishFailure": {"PrepareSession": [FAILED]},
}
_OUTCOMES = {"RejectRequest": "InvalidRequest", "PublishFailure": "SessionFailed"}
_ASKING = ("PrepareSession", "CreateStream", "GetStream")
_ATTEMPTS = [
    *((state, "ThrottlingException", 3_001) for state in _ASKING),
    ("ConnectStream", "ThrottlingException", 10),
    *((state, "EndpointUnreachable", 4) for state in (*_ASKING, "ConnectStream")),
    *((state, "InternalServerErrorException", 7) for state in (*_ASKING, "ConnectStream")),
    *((state, "MalformedAnswer", 7) for state in (*_ASKING, "ConnectStream")),
    *((state, "Lambda.TooManyRequestsException", 7) for state in (*_ASKING, "ConnectStream")),
    ("ConnectStream", "StreamNotReady", 7),
    *((state, "ResourceNotFoundException", 1) for state in (*_ASKING, "ConnectStream")),
    *((state, "AnyErrorAtAll", 7) for state in ("AcceptRequest", "RejectRequest")),
    *((state, "AnyErrorAtAll", 10) for state in ("PublishReady", "PublishFailure")),
]


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
    assert execution.failure == (error, "as the test says")


@pytest.mark.parametrize("state", TASKS)
def test_an_error_that_passes_is_retried_with_the_same_input_and_leaves_no_trace(play: Play, state: str) -> None:
    error = throws("Lambda.ServiceException")
    played = play(**{**_WAYS_TO.get(state, {}), state: [error, error, READY_AT_ONCE[state][0]]})
    first, *others = played.inputs[state]
    assert others == [first, first]
    assert played.execution.path.count(state) == 1
    assert played.execution.error == _OUTCOMES.get(state, "")
