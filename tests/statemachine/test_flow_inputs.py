"""The input of each task, seen by a worker in its place, and read by the model that its handler reads it with."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from greenroom.domain.values import Status
from greenroom.flow.payloads import FailureOutcome, ProgressResult, Rejection, Submission, Task, Work
from tests.statemachine.answers import FAILED, PENDING, READY_AT_ONCE, REQUEST_ID, STREAM_ID, accepts, returns, throws
from tests.statemachine.conftest import Play
from tests.statemachine.executions import REQUEST
from tests.statemachine.paths import ENDED_AS_FAILED

WRAPPED = '{"errorMessage": "ResourceNotFoundException: No session session-1", "errorType": "ServiceRefused"}'


@pytest.mark.parametrize("request_input", [REQUEST, "no object", None])
def test_a_request_is_looked_at_and_rejected_as_it_came(play: Play, request_input: object) -> None:
    played = play(request_input, AcceptRequest=[throws("InvalidRequest", "body: must be an object")])
    name, inputs = played.execution.name, played.inputs
    assert Submission.model_validate(inputs["AcceptRequest"][0]) == Submission(id=name, request=request_input)
    assert Rejection.model_validate(inputs["RejectRequest"][0]) == Rejection(
        id=name, request=request_input, error="InvalidRequest", message="body: must be an object"
    )


def test_every_task_that_asks_the_service_gets_the_accepted_request(play: Play) -> None:
    accepted = accepts()
    played = play(AcceptRequest=[accepted], CreateStream=[PENDING])
    for state in ("PrepareSession", "CreateStream", "GetStream", "ConnectStream"):
        task = Task.model_validate(played.inputs[state][0])
        assert task.request == Work.model_validate(accepted["Return"])


def test_session_and_stream_are_asked_for_with_a_token_made_from_the_execution(play: Play) -> None:
    played = play(PrepareSession=[PENDING, returns({"status": "READY"})])
    asked = [*played.inputs["PrepareSession"], *played.inputs["CreateStream"]]
    tokens = [Task.model_validate(task).client_token for task in asked]
    assert tokens == [hashlib.sha256(played.execution.arn.encode()).hexdigest()] * 3


def test_the_stream_that_was_created_is_the_one_that_is_looked_at_and_connected(play: Play) -> None:
    other = returns({"status": "READY", "streamId": "another-stream"})
    played = play(CreateStream=[PENDING], GetStream=[PENDING, other])
    looked_at = [*played.inputs["GetStream"], *played.inputs["ConnectStream"]]
    assert [Task.model_validate(task).stream_id for task in looked_at] == [STREAM_ID] * 3


def test_the_connecting_task_gets_the_moment_at_which_the_stream_was_seen_ready(play: Play) -> None:
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    played = play(CreateStream=[PENDING], ConnectStream=[throws("StreamNotReady"), READY_AT_ONCE["ConnectStream"][0]])
    first, again = (Task.model_validate(given).ready_at for given in played.inputs["ConnectStream"])
    assert first
    assert before <= first <= datetime.now(UTC)
    assert again == first


def test_the_recording_task_gets_the_stream_and_its_expiry_and_no_url(play: Play) -> None:
    played = play()
    expires_at = READY_AT_ONCE["ConnectStream"][0]["Return"]["expiresAt"]
    assert played.inputs["RecordReady"] == [
        {"id": REQUEST_ID, "renewal": False, "streamId": STREAM_ID, "expiresAt": expires_at}
    ]


def test_a_failure_is_recorded_with_the_progress_that_the_service_told(play: Play) -> None:
    played = play(CreateStream=[PENDING], GetStream=[FAILED])
    outcome = FailureOutcome.model_validate(played.inputs["RecordFailure"][0])
    assert outcome == FailureOutcome(
        id=REQUEST_ID,
        error="StreamFailed",
        message="The service could not make the stream",
        progress=ProgressResult.model_validate(FAILED["Return"]),
    )


def test_an_error_is_recorded_in_its_own_words_and_with_the_progress_before_it(play: Play) -> None:
    played = play(CreateStream=[PENDING], GetStream=[throws("ServiceRefused", WRAPPED)])
    outcome = FailureOutcome.model_validate(played.inputs["RecordFailure"][0])
    assert (outcome.error, outcome.message) == ("ResourceNotFoundException", "No session session-1")
    assert outcome.progress == ProgressResult.model_validate(PENDING["Return"])


def test_a_failure_before_any_progress_is_recorded_as_pending(play: Play) -> None:
    played = play(AcceptRequest=[throws("TableDown", "no table")])
    outcome = FailureOutcome.model_validate(played.inputs["RecordFailure"][0])
    assert (outcome.id, outcome.renewal) == (played.execution.name, False)
    assert (outcome.error, outcome.message) == ("TableDown", "no table")
    assert outcome.progress == ProgressResult(status=Status.PENDING)


@pytest.mark.parametrize("state", ["AcceptRequest", "CreateStream"])
def test_an_answer_that_the_flow_cannot_read_ends_the_request_as_failed(play: Play, state: str) -> None:
    played = play(**{state: [returns({"status": "READY"})]})
    assert played.execution.path[-3:] == (state, *ENDED_AS_FAILED)
    assert played.execution.failure[0] == "States.QueryEvaluationError"


def test_a_stream_that_is_still_pending_when_the_deadline_comes_is_given_up(play: Play) -> None:
    played = play(AcceptRequest=[accepts(deadline_in=4)], CreateStream=[PENDING], GetStream=[PENDING])
    assert played.execution.path[-3:] == ("IsStreamReady", *ENDED_AS_FAILED)
    assert played.execution.failure == ("DeadlineExceeded", "The stream was not ready by the deadline")
    assert played.inputs["GetStream"]
