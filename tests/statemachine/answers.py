"""The answers of the tasks of the state machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sfnx.testing import Failure

from greenroom.domain.values import Status
from greenroom.flow.payloads import FailureOutcome, ProgressReport, Work
from greenroom.providers.accepted import AcceptedFields
from tests.support.examples import a_flow, a_record
from tests.support.fakes import FakeClock, InMemoryRecords

Answer = Mapping[str, Any] | Failure
"""The result of one call of a task, or the error that it raises."""
Answers = Mapping[str, Sequence[Answer]]
"""By state, one answer a call; the last one stays."""

START = datetime.now(UTC).replace(microsecond=0)
"""When every execution starts: now, since the emulator has no other time."""
STREAM_ID, REQUEST_ID = "stream-1", "request-1"


def throws(error: str, cause: str = "as the test says") -> Failure:
    return Failure(error, cause)


def accepts(
    *,
    deadline_in: float = 80_000,
    session_looks: Sequence[int] = (4, 9),
    stream_looks: Sequence[int] = (2, 5, 9),
    renewal: bool = False,
) -> Answer:
    """Answer as AcceptRequest, with a deadline so many seconds after START."""
    return Work(
        id=REQUEST_ID,
        fields=AcceptedFields({"provider": "nimble", "studioId": "studio-1", "sessionId": "session-1"}),
        deadline_at=START + timedelta(seconds=deadline_in),
        connect_seconds=120,
        looks={"session": list(session_looks), "stream": list(stream_looks)},
        renewal=renewal,
    ).dump()


def session(status: Status, **more: Any) -> Answer:
    """Answer as PrepareSession, while there is no stream."""
    return ProgressReport(status, since=START, **more).dump()


def stream(status: Status, **more: Any) -> Answer:
    """Answer as PrepareSession, CreateStream or GetStream, once there is a stream."""
    return ProgressReport(status, STREAM_ID, since=START, **more).dump()


def pausing(answer: Answer, seconds: int) -> Answer:
    """The same; the task is to be called again after so many seconds."""
    return _changed(answer, wait=seconds)


def not_its_turn(answer: Answer, seconds: int) -> Answer:
    """The same, except that the service was not asked: the task is to be called again after so many seconds."""
    return _changed(answer, wait=seconds, ticket="7w0.1", queuedAt=START.isoformat())


def unknown(answer: Answer, status: str) -> Answer:
    """The same, with a status that nobody knows."""
    return _changed(answer, status=status)


def of_0_1_0(answer: Answer) -> Answer:
    """The same by functions of 0.1.0, which do not know whether a session is prepared."""
    assert not isinstance(answer, Failure)
    return {name: value for name, value in answer.items() if name != "prepared"}


def _changed(answer: Answer, **members: Any) -> Answer:
    assert not isinstance(answer, Failure)
    return {**answer, **members}


EXPIRES_AT = START + timedelta(seconds=120)
SESSION_READY, SESSION_PENDING = session(Status.READY), session(Status.PENDING)
NO_ROOM = session(Status.PENDING, state="Full", detail="no room", prepared=True)
PENDING = stream(Status.PENDING, state="CREATE_IN_PROGRESS", status_code="STREAM_CREATE_IN_PROGRESS")
READY = stream(Status.READY, state="READY", status_code="STREAM_READY", ready_at=START)
CONNECTED = stream(Status.READY, state="READY", status_code="STREAM_READY", ready_at=START, expires_at=EXPIRES_AT)
FAILED = stream(Status.FAILED, state="CREATE_FAILED", status_code="NETWORK_CONNECTION_ERROR")
ENDED_ALREADY = throws("DynamoDB.ConditionalCheckFailedException")

READY_AT_ONCE: Answers = {
    "AcceptRequest": [accepts()],
    "RejectRequest": [{}],
    "PrepareSession": [READY],
    "CreateStream": [READY],
    "GetStream": [CONNECTED],
    "RecordReady": [{}],
}


def next_answer(state: str, inputs: Sequence[Any], answers: Answers) -> Answer:
    """Answer a call of a state as a worker in its place: `inputs` are those of all its calls up to this one.

    A state that `answers` does not name answers as in a run that goes well; RecordFailure as the real task does.
    """
    if state == "RecordFailure" and state not in answers:
        return _record_failure(inputs[-1])
    given = {**READY_AT_ONCE, **answers}[state]
    return given[min(len(inputs), len(given)) - 1]


def _record_failure(given: Any) -> Answer:
    outcome, records = FailureOutcome.load(given), InMemoryRecords(a_record(id=REQUEST_ID))
    return a_flow({}, records, FakeClock()).record_failure(outcome).dump()
