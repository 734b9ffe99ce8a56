"""The JSON between the state machine and its tasks."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from greenroom.domain.errors import FieldError, InvalidRequest
from greenroom.domain.values import Progress, Status
from greenroom.flow.payloads import FailureOutcome, FailureResult, ProgressReport, Rejection, Submission, Task, Work
from tests.support.examples import FIELDS, a_body, a_task
from tests.support.fakes import NOW

PASSED: dict[str, Any] = {
    "request": {
        "id": "r",
        "fields": {"provider": "nimble", "studioId": "studio", "sessionId": "session", "expirationInSeconds": 120},
        "deadlineAt": "2026-11-24T12:15:00Z",
        "connectSeconds": 120,
        "looks": {"session": [5, 10, 20], "stream": [5, 10, 20]},
        "renewal": False,
        "lane": "nobody",
    },
    "clientToken": "token",
    "arrivedAt": "2026-11-24T12:00:00.000Z",
    "progress": {"status": "PENDING", "streamId": "stream", "since": "2026-11-24T12:00:00Z", "wait": 0, "waited": 0},
}


def test_a_task_is_read_from_what_the_asl_passes() -> None:
    task = Task.load(PASSED)
    assert task == a_task()
    assert task.request.dump() == PASSED["request"]
    assert task.request.fields == FIELDS
    assert task.request.deadline_at == NOW + timedelta(minutes=15)


def test_an_execution_of_the_release_before_asks_for_a_stream_by_a_state_of_its_own() -> None:
    assert not Task.load(PASSED).create
    assert Task.load({**PASSED, "create": True}).create


def test_an_execution_of_the_release_before_is_in_nobody_s_lane() -> None:
    request = {name: value for name, value in PASSED["request"].items() if name != "lane"}
    assert Task.load({**PASSED, "request": request}) == a_task()


def test_the_fields_read_as_those_of_their_provider() -> None:
    fields = Task.load(PASSED).request.fields
    assert (fields.provider, fields.studio_id, fields.expiration_in_seconds) == ("nimble", "studio", 120)
    assert fields.nothing_such is None


def test_every_input_tells_the_request_that_it_is_about() -> None:
    caught = {"id": "r", "Error": "KeyError", "Cause": "x", "progress": PASSED["progress"], "renewal": False}
    inputs: list[Any] = [Task.load(PASSED), Submission("r"), FailureOutcome.load(caught), Rejection.load(caught)]
    assert [given.request_id for given in inputs] == ["r"] * 4


@pytest.mark.parametrize(
    "report",
    [
        ProgressReport(Status.PENDING),
        ProgressReport(Status.FAILED, "stream", "CREATE_FAILED", "INTERNAL_ERROR", "No luck", since=NOW, waited=7),
        ProgressReport(Status.READY, "stream", wait=3, ticket="7", queued_at=NOW, ready_at=NOW, expires_at=NOW),
        ProgressReport(Status.PENDING, turns=2, unanswered_since=NOW, creating="attempt", prepared=True),
        ProgressReport(Status.PENDING, forgotten=1, noted=60, unnoted=2),
    ],
)
def test_progress_comes_back_as_it_went(report: ProgressReport) -> None:
    assert ProgressReport.load(json.loads(json.dumps(report.dump()))) == report


def test_progress_says_only_what_the_service_said() -> None:
    none = dict.fromkeys(["wait", "waited", "turns", "forgotten", "noted", "unnoted"], 0)
    nothing = {"status": "PENDING", "streamId": "", "ticket": "", "prepared": False, **none}
    assert ProgressReport.of(Progress(Status.PENDING)).dump() == nothing
    said = Progress(Status.FAILED, "CREATE_FAILED", "INTERNAL_ERROR", "No luck", stream_id="stream")
    assert ProgressReport.of(said).dump() == {
        **nothing,
        "status": "FAILED",
        "state": "CREATE_FAILED",
        "statusCode": "INTERNAL_ERROR",
        "detail": "No luck",
        "streamId": "stream",
    }


def test_progress_leaves_out_the_service_s_whole_answer() -> None:
    progress = Progress(Status.READY, stream={"ownedBy": "stream-owner"})
    assert ProgressReport.of(progress) == ProgressReport(Status.READY)


def test_a_failure_is_told_by_the_names_that_step_functions_has() -> None:
    assert FailureResult(recorded=False, error="KeyError", cause="").dump() == {
        "recorded": False,
        "Error": "KeyError",
        "Cause": "",
    }


def test_what_step_functions_caught_becomes_a_failure() -> None:
    cause, progress = json.dumps({"errorMessage": "Asked too fast"}), PASSED["progress"]
    outcome = FailureOutcome.load(
        {"id": "r", "Error": "ThrottlingException", "Cause": cause, "progress": progress, "renewal": False}
    )
    assert (outcome.id, outcome.error, outcome.message) == ("r", "ThrottlingException", "Asked too fast")
    assert outcome.progress == a_task().progress


def test_a_rejection_is_the_same_from_the_bus_and_from_the_state_machine() -> None:
    """But for the fields, which Step Functions does not carry."""
    error = InvalidRequest([FieldError("a", "is wrong")])
    caught = {"id": "r", "request": {"a": 1}, "Error": "InvalidRequest", "Cause": '{"errorMessage": "a: is wrong"}'}
    assert Rejection.load(caught).replace(errors=error.errors) == Rejection.of("r", {"a": 1}, error)


@pytest.mark.parametrize("request_", [a_body(), None, [], "text", 1])
def test_a_submission_takes_anything_to_look_at(request_: object) -> None:
    assert Submission.load({"id": "r", "request": request_}).request == request_


def test_a_task_reads_all_of_what_the_one_before_it_reported() -> None:
    at = [NOW + timedelta(seconds=number) for number in range(5)]
    whole = ProgressReport(
        Status.READY,
        stream_id="stream",
        state="READY",
        status_code="STREAM_READY",
        detail="A sentence",
        wait=1,
        ticket="1.2.3.4",
        turns=2,
        queued_at=at[0],
        since=at[1],
        waited=3,
        ready_at=at[2],
        expires_at=at[3],
        unanswered_since=at[4],
        creating="attempt",
        forgotten=4,
        noted=5,
        unnoted=6,
    )
    assert ProgressReport.load(json.loads(json.dumps(whole.dump()))) == whole


def test_a_report_of_nothing_yet_has_no_stream() -> None:
    assert ProgressReport.load({"status": "PENDING", "wait": 0, "waited": 0}) == ProgressReport(Status.PENDING)


def test_a_task_reads_all_that_its_request_says() -> None:
    work = a_task().request.replace(renewal=True, shared="hub/ada", lane="0123456789abcdef")
    assert Work.load(json.loads(json.dumps(work.dump()))) == work


def test_an_error_without_a_cause_has_no_words() -> None:
    caught = {"id": "r", "Error": "States.Timeout", "progress": PASSED["progress"], "renewal": True}
    outcome, rejection = FailureOutcome.load(caught), Rejection.load(caught)
    assert (outcome.message, outcome.renewal, rejection.message) == ("", True, "")
