"""The JSON between the state machine and its tasks."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from greenroom.domain.values import Progress, Status
from greenroom.flow.payloads import (
    ConnectResult,
    FailureOutcome,
    ProgressResult,
    RecordResult,
    Rejection,
    Submission,
    Task,
    Work,
)
from greenroom.providers.nimble.fields import NimbleFields
from tests.support.examples import FIELDS, a_body, a_task
from tests.support.fakes import NOW

PASSED = {
    "request": {
        "id": "r",
        "fields": {"provider": "nimble", "studioId": "studio", "sessionId": "session", "expirationInSeconds": 120},
        "deadlineAt": "2026-11-24T12:15:00Z",
        "schedule": {"first": 5, "backoffRate": 1.5, "max": 20},
        "renewal": False,
    },
    "clientToken": "token",
    "streamId": "stream",
}


def test_a_task_is_read_from_what_the_asl_passes() -> None:
    task = Task.model_validate(PASSED)
    assert task == a_task()
    assert task.dump() == PASSED
    assert task.request.fields == FIELDS
    assert task.request.deadline_at == NOW + timedelta(minutes=15)


def test_the_fields_are_those_of_their_provider() -> None:
    fields: Any = Work.model_validate(PASSED["request"]).fields
    assert type(fields) is NimbleFields
    assert fields.studio_id == "studio"


def test_a_task_knows_when_its_stream_was_ready_where_that_is_passed() -> None:
    assert Task.model_validate(PASSED).ready_at is None
    assert Task.model_validate({**PASSED, "readyAt": "2026-11-24T12:00:00.000Z"}).ready_at == NOW


def test_every_input_tells_the_request_that_it_is_about() -> None:
    caught = {"id": "r", "Error": "KeyError", "Cause": "x"}
    inputs: list[Any] = [
        Task.model_validate(PASSED),
        Submission(id="r"),
        FailureOutcome.model_validate(caught),
        Rejection.model_validate(caught),
    ]
    assert [given.request_id for given in inputs] == ["r"] * 4


def test_a_task_may_come_without_a_stream() -> None:
    assert Task(request=a_task().request).dump().keys() == {"request", "clientToken", "streamId"}


def test_a_client_token_is_no_longer_than_the_service_takes() -> None:
    assert Task(request=a_task().request, client_token="a" * 64)
    with pytest.raises(ValueError, match="64 characters"):
        Task(request=a_task().request, client_token="a" * 65)


def test_progress_says_only_what_the_service_said() -> None:
    assert ProgressResult.of(Progress(Status.PENDING)).dump() == {"status": "PENDING", "streamId": ""}
    said = Progress(
        Status.FAILED, state="CREATE_FAILED", status_code="INTERNAL_ERROR", detail="No luck", stream_id="stream"
    )
    assert ProgressResult.of(said).dump() == {
        "status": "FAILED",
        "state": "CREATE_FAILED",
        "statusCode": "INTERNAL_ERROR",
        "detail": "No luck",
        "streamId": "stream",
    }


def test_progress_leaves_out_the_service_s_whole_answer() -> None:
    progress = Progress(Status.READY, stream={"ownedBy": "stream-owner"}, started=True)
    assert ProgressResult.of(progress).dump() == {"status": "READY", "streamId": ""}


def test_connecting_tells_the_expiry_and_nothing_else() -> None:
    assert ConnectResult(expires_at=NOW).dump() == {"expiresAt": "2026-11-24T12:00:00Z"}


def test_recording_tells_an_error_only_where_there_is_one() -> None:
    assert RecordResult(recorded=True).dump() == {"recorded": True}
    assert RecordResult(recorded=False, error="KeyError", cause="").dump() == {
        "recorded": False,
        "Error": "KeyError",
        "Cause": "",
    }


def test_what_step_functions_caught_becomes_a_failure() -> None:
    cause = json.dumps({"errorMessage": "Asked too fast"})
    outcome = FailureOutcome.model_validate(
        {"id": "r", "Error": "ThrottlingException", "Cause": cause, "progress": {"status": "PENDING"}}
    )
    assert (outcome.id, outcome.error, outcome.message) == ("r", "ThrottlingException", "Asked too fast")
    assert outcome.progress == ProgressResult(status=Status.PENDING)


def test_a_rejection_is_the_same_from_the_bus_and_from_the_state_machine() -> None:
    caught = {"id": "r", "request": {"a": 1}, "Error": "ValueError", "Cause": '{"errorMessage": "wrong"}'}
    assert Rejection.model_validate(caught) == Rejection.of("r", {"a": 1}, ValueError("wrong"))


@pytest.mark.parametrize("request_", [a_body(), None, [], "text", 1])
def test_a_submission_takes_anything_to_look_at(request_: object) -> None:
    assert Submission.model_validate({"id": "r", "request": request_}).request == request_
