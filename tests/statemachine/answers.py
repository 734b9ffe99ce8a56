"""The answers of the tasks of the state machine, in the words of the emulator's mock configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from greenroom.domain.values import Status
from greenroom.flow import tasks
from greenroom.flow.payloads import FailureOutcome, ProgressResult, Work
from greenroom.flow.schedule import Schedule
from greenroom.providers.nimble.fields import NimbleFields
from tests.support.examples import a_record
from tests.support.fakes import FakeClock, InMemoryRecords

Answer = Mapping[str, Any]
"""One call of a task: `{"Return": result}` or `{"Throw": {"Error": name, "Cause": text}}`."""
Answers = Mapping[str, Sequence[Answer]]
"""By state, one answer a visit; the last one stays."""

STREAM_ID = "stream-1"
REQUEST_ID = "request-1"
SCHEDULE = Schedule(first=2, backoff_rate=1.5, max=6)
_LAST_VISIT = 9999


def returns(result: Any) -> Answer:
    return {"Return": result}


def throws(error: str, cause: str = "as the test says") -> Answer:
    return {"Throw": {"Error": error, "Cause": cause}}


def accepts(*, deadline_in: float = 80_000, schedule: Schedule = SCHEDULE) -> Answer:
    """AcceptRequest, with a deadline so many seconds from now, or before now."""
    work = Work(
        id=REQUEST_ID,
        fields=NimbleFields(studioId="studio-1", sessionId="session-1"),
        deadline_at=datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=deadline_in),
        schedule=schedule,
    )
    return returns(work.dump())


def tells(status: Status, **words: str) -> Answer:
    """Answer as PrepareSession, CreateStream or GetStream does."""
    return returns(ProgressResult(status=status, stream_id=STREAM_ID, **words).dump())


READY = tells(Status.READY, state="READY", status_code="STREAM_READY")
PENDING = tells(Status.PENDING, state="CREATE_IN_PROGRESS", status_code="STREAM_CREATE_IN_PROGRESS")
FAILED = tells(Status.FAILED, state="CREATE_FAILED", status_code="NETWORK_CONNECTION_ERROR")

AS_RECORDED = ("AsRecorded", "in the words of RecordFailure")
"""The error and the cause that a mocked RecordFailure answers, whatever it is given: no mock sees its input."""

READY_AT_ONCE: Answers = {
    "AcceptRequest": [accepts()],
    "RejectRequest": [returns({})],
    "PrepareSession": [READY],
    "CreateStream": [READY],
    "GetStream": [READY],
    "ConnectStream": [returns({"expiresAt": "2026-11-24T00:02:00Z"})],
    "RecordReady": [returns({"recorded": True})],
    "RecordFailure": [returns({"recorded": True, "Error": AS_RECORDED[0], "Cause": AS_RECORDED[1]})],
}


def next_answer(state: str, inputs: Sequence[Any], answers: Answers) -> Answer:
    """Answer a call of a state as a worker in its place: `inputs` are those of all its calls up to this one."""
    if state == "RecordFailure" and state not in answers:
        return _record_failure(inputs[-1])
    given = {**READY_AT_ONCE, **answers}[state]
    return given[min(len(inputs), len(given)) - 1]


def _record_failure(given: Any) -> Answer:
    outcome, records = FailureOutcome.model_validate(given), InMemoryRecords(a_record(id=REQUEST_ID))
    return returns(tasks.record_failure(outcome, records=records, clock=FakeClock()).dump())


def mock_config(machines: Sequence[str], cases: Mapping[str, Answers]) -> dict[str, Any]:
    """The content of an `SFN_MOCK_CONFIG` file: every case for every machine."""
    tests = {case: {state: f"{case}/{state}" for state in answers} for case, answers in cases.items()}
    return {
        "StateMachines": {machine: {"TestCases": tests} for machine in machines},
        "MockedResponses": {
            f"{case}/{state}": _by_visit(given) for case, answers in cases.items() for state, given in answers.items()
        },
    }


def _by_visit(answers: Sequence[Answer]) -> dict[str, Answer]:
    *first, last = answers
    return {str(visit): answer for visit, answer in enumerate(first)} | {f"{len(first)}-{_LAST_VISIT}": last}
