"""The JSON between the state machine and its tasks."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from greenroom.domain import Progress, SessionRef, Status
from greenroom.payloads import FailureNotice, Refusal, Report, Schedule, Submission, Task, message_of
from tests.unit.examples import a_body, a_task
from tests.unit.fakes import NOW

SCHEDULES = [
    Schedule(first=5, backoff_rate=1.5, max=20),
    Schedule(first=1, backoff_rate=1, max=1),
    Schedule(first=1, backoff_rate=10, max=300),
    Schedule(first=300, backoff_rate=2, max=300),
]
AGES = [*range(400), 0.001, 4.999, 5.001, 12.5, 3599.9, 86_400]


def looks(schedule: Schedule, count: int) -> list[float]:
    """Return the ages at which the state machine looks: its own arithmetic, `pause = min(pause * rate, max)`."""
    ages, pause = [float(schedule.first)], float(schedule.first)
    for _ in range(count):
        pause = min(pause * schedule.backoff_rate, schedule.max)
        ages.append(ages[-1] + pause)
    return ages


@pytest.mark.parametrize("schedule", SCHEDULES, ids=str)
def test_the_next_look_is_at_least_a_second_and_at_most_the_longest_pause_away(schedule: Schedule) -> None:
    assert all(1 <= schedule.seconds_until_next_look(age) <= schedule.max for age in AGES)


@pytest.mark.parametrize("schedule", SCHEDULES, ids=str)
def test_who_comes_back_as_told_comes_right_after_a_look(schedule: Schedule) -> None:
    ages = looks(schedule, 50)
    for age in (age for age in AGES if age < ages[-1]):
        next_look = next(look for look in ages if look > age)
        back_at = age + schedule.seconds_until_next_look(age)
        assert next_look <= back_at <= next_look + 1


@pytest.mark.parametrize(("age", "seconds"), [(0, 5), (4.5, 1), (5, 8), (12.5, 12), (100, 1), (-3, 8)])
def test_pauses_grow_up_to_the_longest(age: float, seconds: int) -> None:
    """Looks at 5, 12.5, 23.75, 40.6, 60.6, 80.6, 100.6, … seconds; whoever is early waits for the first."""
    assert SCHEDULES[0].seconds_until_next_look(age) == seconds


@pytest.mark.parametrize(
    ("cause", "message"),
    [
        (json.dumps({"errorMessage": "No stream", "errorType": "StreamFailed", "stackTrace": []}), "No stream"),
        (json.dumps({"errorMessage": "é"}), "é"),
        (json.dumps({"errorType": "Unnamed"}), '{"errorType": "Unnamed"}'),
        (
            "RequestId: 1 Error: Task timed out after 30.00 seconds",
            "RequestId: 1 Error: Task timed out after 30.00 seconds",
        ),
        ('["errorMessage"]', '["errorMessage"]'),
        ("42", "42"),
        ("", ""),
    ],
    ids=["wrapped", "wrapped, not ASCII", "no message", "plain", "array", "number", "empty"],
)
def test_the_part_for_people_is_taken_out_of_a_lambda_error(cause: str, message: str) -> None:
    assert message_of(cause) == message


def test_a_task_is_read_from_what_the_asl_passes() -> None:
    passed = {
        "request": {
            "id": "r",
            "studioId": "studio",
            "sessionId": "session",
            "expirationInSeconds": 120,
            "deadlineAt": "2026-11-24T12:15:00Z",
            "schedule": {"first": 5, "backoffRate": 1.5, "max": 20},
            "renewal": False,
        },
        "clientToken": "token",
        "streamId": "stream",
    }
    task = Task.model_validate(passed)
    assert task == a_task()
    assert task.dump() == passed
    assert task.request.session == SessionRef("studio", "session")
    assert task.request.deadline_at == NOW + timedelta(minutes=15)


def test_a_task_may_come_without_a_stream() -> None:
    assert Task(request=a_task().request).dump().keys() == {"request", "clientToken", "streamId"}


def test_a_client_token_is_no_longer_than_the_service_takes() -> None:
    assert Task(request=a_task().request, client_token="a" * 64)
    with pytest.raises(ValueError, match="64 characters"):
        Task(request=a_task().request, client_token="a" * 65)


def test_a_report_says_only_what_the_service_said() -> None:
    assert Report.of(Progress(Status.PENDING)).dump() == {"status": "PENDING", "streamId": ""}
    said = Progress(
        Status.FAILED, state="CREATE_FAILED", status_code="INTERNAL_ERROR", detail="No luck", stream_id="stream"
    )
    assert Report.of(said).dump() == {
        "status": "FAILED",
        "state": "CREATE_FAILED",
        "statusCode": "INTERNAL_ERROR",
        "detail": "No luck",
        "streamId": "stream",
    }


def test_a_report_leaves_out_the_answer() -> None:
    assert "stream-owner" not in str(Report.of(Progress(Status.READY, answer={"ownedBy": "stream-owner"})).dump())


def test_what_step_functions_caught_becomes_a_notice() -> None:
    cause = json.dumps({"errorMessage": "Asked too fast"})
    notice = FailureNotice.model_validate(
        {"id": "r", "Error": "ThrottlingException", "Cause": cause, "report": {"status": "PENDING"}}
    )
    assert (notice.id, notice.error, notice.message) == ("r", "ThrottlingException", "Asked too fast")
    assert notice.report == Report(status=Status.PENDING)


def test_a_refusal_is_the_same_from_the_bus_and_from_the_state_machine() -> None:
    caught = {"id": "r", "request": {"a": 1}, "Error": "ValueError", "Cause": '{"errorMessage": "wrong"}'}
    assert Refusal.model_validate(caught) == Refusal.of("r", {"a": 1}, ValueError("wrong"))


@pytest.mark.parametrize("request_", [a_body(), None, [], "text", 1])
def test_a_submission_takes_anything_to_look_at(request_: object) -> None:
    assert Submission.model_validate({"id": "r", "request": request_}).request == request_
