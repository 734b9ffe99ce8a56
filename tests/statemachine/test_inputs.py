"""The input of each task, seen by a worker in its place, and read by the model that its handler reads it with."""

from __future__ import annotations

import hashlib

import pytest
from sfnx.testing import Failure

from greenroom.domain.values import Status
from greenroom.flow.payloads import FailureOutcome, ProgressReport, Rejection, Submission, Task, Work
from tests.statemachine.answers import (
    CONNECTED,
    FAILED,
    NO_ROOM,
    PENDING,
    READY,
    REQUEST_ID,
    SESSION_PENDING,
    START,
    Answer,
    Answers,
    accepts,
    not_its_turn,
    pausing,
    throws,
)
from tests.statemachine.executions import ARN, NAME, REQUEST, play

WRAPPED = '{"errorMessage": "ResourceNotFoundException: No session session-1", "errorType": "ServiceRefused"}'
ASKING = ("PrepareSession", "CreateStream", "GetStream")
# Each of these tasks twice and more, each time with something new to tell.
LONG_WAY: Answers = {
    "PrepareSession": [SESSION_PENDING, not_its_turn(SESSION_PENDING, 3), NO_ROOM],
    "CreateStream": [NO_ROOM, not_its_turn(NO_ROOM, 5), PENDING],
    "GetStream": [pausing(PENDING, 2), not_its_turn(pausing(PENDING, 2), 4), READY, not_its_turn(READY, 6), CONNECTED],
}


def reported(answer: Answer) -> ProgressReport:
    assert not isinstance(answer, Failure)
    return ProgressReport.load(answer)


@pytest.mark.parametrize("request_input", [REQUEST, "no object", None])
def test_a_request_is_looked_at_and_rejected_as_it_came(request_input: object) -> None:
    inputs = play(request_input, AcceptRequest=[throws("InvalidRequest", "body: must be an object")]).inputs
    assert Submission.load(inputs["AcceptRequest"][0]) == Submission(NAME, request_input)
    rejection = Rejection(NAME, "InvalidRequest", "body: must be an object", request_input)
    assert Rejection.load(inputs["RejectRequest"][0]) == rejection


def test_every_task_that_asks_the_service_gets_the_request_and_who_asks_and_since_when() -> None:
    accepted = accepts()
    assert not isinstance(accepted, Failure)
    inputs = play(AcceptRequest=[accepted], **LONG_WAY).inputs
    token = hashlib.sha256(ARN.encode()).hexdigest()
    for task in (Task.load(given) for state in ASKING for given in inputs[state]):
        assert (task.request, task.client_token, task.arrived_at) == (Work.load(accepted), token, START)
    assert all(Task.load(given).create for given in inputs["PrepareSession"])


def test_every_task_that_asks_the_service_gets_the_progress_that_the_one_before_it_reported() -> None:
    """All that one of them knows need not be found out by the next: the wait, the place in the queue, the stream."""
    execution = play(**LONG_WAY)
    got = [Task.load(given).progress for state in ASKING for given in execution.inputs[state]]
    told = [reported(answer) for state in ASKING for answer in LONG_WAY[state]]
    assert got == [ProgressReport(Status.PENDING), *told[:-1]]


def test_a_failure_is_recorded_with_the_progress_that_the_service_told() -> None:
    inputs = play(PrepareSession=[PENDING], GetStream=[FAILED]).inputs
    assert FailureOutcome.load(inputs["RecordFailure"][0]) == FailureOutcome(
        REQUEST_ID, "StreamFailed", "The service could not make the stream", reported(FAILED)
    )


def test_an_error_is_recorded_in_its_own_words_and_with_the_progress_before_it() -> None:
    inputs = play(PrepareSession=[PENDING], GetStream=[throws("ServiceRefused", WRAPPED)]).inputs
    outcome = FailureOutcome.load(inputs["RecordFailure"][0])
    assert outcome == FailureOutcome(REQUEST_ID, "ResourceNotFoundException", "No session session-1", reported(PENDING))


def test_a_failure_before_any_progress_is_recorded_as_pending() -> None:
    inputs = play(AcceptRequest=[throws("TableDown", "no table")]).inputs
    outcome = FailureOutcome.load(inputs["RecordFailure"][0])
    assert outcome == FailureOutcome(NAME, "TableDown", "no table", ProgressReport(Status.PENDING))


def test_the_failure_of_a_renewal_is_recorded_as_one() -> None:
    inputs = play(AcceptRequest=[accepts(renewal=True)], PrepareSession=[FAILED]).inputs
    outcome = FailureOutcome.load(inputs["RecordFailure"][0])
    assert outcome == outcome.replace(id=REQUEST_ID, renewal=True)
