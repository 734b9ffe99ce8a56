"""One execution for each way through the flow: what the tasks answer, the states it takes, and how it ends.

Together they take every transition of the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from greenroom.domain.values import Status
from tests.statemachine.answers import (
    CONNECTED,
    ENDED_ALREADY,
    FAILED,
    NO_ROOM,
    PENDING,
    READY,
    SESSION_PENDING,
    SESSION_READY,
    START,
    Answers,
    accepts,
    not_its_turn,
    of_0_1_0,
    pausing,
    session,
    stream,
    throws,
    unknown,
)
from tests.statemachine.paths import (
    ACCEPTED,
    CREATED,
    ENDED_AS_FAILED,
    ROOM_AWAITED,
    SESSION_AWAITED,
    STREAM_AWAITED,
)
from tests.statemachine.paths import CONNECTED as GOT_ITS_URL

Failure = tuple[str, str]

_BROKEN_RULE = throws("InvalidRequest", "sessionId: is required")
_TOO_LATE = throws("DeadlineExceeded", "The stream was not ready by the deadline")
_SESSION_FAILED = ("SessionFailed", "The session cannot become ready")
_STREAM_FAILED = ("StreamFailed", "The service could not make the stream")
_ALIVE = stream(Status.READY, ready_at=START, expires_at=START + timedelta(days=1))
_ENDED = throws("RequestEnded", "it has ended meanwhile")
_TABLE_DOWN, _NO_TABLE = throws("TableDown", "no table"), ("TableDown", "no table")


@dataclass(frozen=True)
class Scenario:
    """`answers`: of the tasks that do not answer as in a run that goes well. `failure` is None where it succeeds."""

    path: tuple[str, ...]
    answers: Answers = field(default_factory=dict)
    failure: Failure | None = None


SCENARIOS: Mapping[str, Scenario] = {
    "a stream that is ready at once is handed over without a pause": Scenario((*ACCEPTED, *GOT_ITS_URL, "RecordReady")),
    "a pending stream is looked at until it is ready": Scenario(
        (*ACCEPTED, *(STREAM_AWAITED * 3), "RecordReady"),
        {"PrepareSession": [PENDING], "GetStream": [pausing(PENDING, 2), pausing(PENDING, 5), CONNECTED]},
    ),
    "a stream that is ready and gives no URL yet is asked for it again at once": Scenario(
        (*ACCEPTED, *STREAM_AWAITED, *GOT_ITS_URL, "RecordReady"),
        {"PrepareSession": [PENDING], "GetStream": [READY, CONNECTED]},
    ),
    "a stopped session is awaited before the stream is created": Scenario(
        (*ACCEPTED, *(SESSION_AWAITED * 2), *GOT_ITS_URL, "RecordReady"),
        {"PrepareSession": [SESSION_PENDING, SESSION_PENDING, READY]},
    ),
    "room for a stream is awaited until one is made": Scenario(
        (*ACCEPTED, *(ROOM_AWAITED * 3), *STREAM_AWAITED, "RecordReady"),
        {"PrepareSession": [NO_ROOM], "CreateStream": [NO_ROOM, NO_ROOM, PENDING]},
    ),
    "a task that is not at its turn is called again": Scenario(
        (*ACCEPTED, *SESSION_AWAITED, *(ROOM_AWAITED * 2), *(STREAM_AWAITED * 4), "RecordReady"),
        {
            "PrepareSession": [not_its_turn(SESSION_PENDING, 30), not_its_turn(NO_ROOM, 35)],
            "CreateStream": [not_its_turn(NO_ROOM, 40), PENDING],
            "GetStream": [not_its_turn(PENDING, 3), pausing(PENDING, 5), not_its_turn(READY, 7), CONNECTED],
        },
    ),
    "functions of 0.1.0, after a rollback, say that the session is ready, and ask for the stream then": Scenario(
        (*ACCEPTED, *SESSION_AWAITED, *CREATED, *SESSION_AWAITED, *CREATED, *GOT_ITS_URL, "RecordReady"),
        {
            "PrepareSession": [of_0_1_0(SESSION_PENDING), of_0_1_0(SESSION_READY)],
            "CreateStream": [of_0_1_0(NO_ROOM), of_0_1_0(READY)],
        },
    ),
    "a status that nobody knows is waited for and never taken for ready": Scenario(
        (*ACCEPTED, *(SESSION_AWAITED * 2), *(STREAM_AWAITED * 3), "RecordReady"),
        {
            "PrepareSession": [unknown(SESSION_READY, "HIBERNATING"), unknown(SESSION_READY, "ready"), PENDING],
            "GetStream": [unknown(READY, "HIBERNATING"), unknown(READY, "ready"), CONNECTED],
        },
    ),
    "what is ready when the deadline passes is still handed over": Scenario(
        (*ACCEPTED, *GOT_ITS_URL, "RecordReady"), {"AcceptRequest": [accepts(deadline_in=-1)]}
    ),
    "no stream is created in a session that failed": Scenario(
        (*ACCEPTED, *ENDED_AS_FAILED), {"PrepareSession": [session(Status.FAILED)]}, _SESSION_FAILED
    ),
    "a session that fails while it is awaited ends the request": Scenario(
        (*ACCEPTED, *SESSION_AWAITED, *ENDED_AS_FAILED),
        {"PrepareSession": [SESSION_PENDING, session(Status.FAILED)]},
        _SESSION_FAILED,
    ),
    "a session is given up when the deadline has come": Scenario(
        (*ACCEPTED, "WaitForSession", "PrepareSession", *ENDED_AS_FAILED),
        {"AcceptRequest": [accepts(deadline_in=3)], "PrepareSession": [SESSION_PENDING, _TOO_LATE]},
        (_TOO_LATE.error, _TOO_LATE.cause),
    ),
    "a stream that could not be created ends the request": Scenario(
        (*ACCEPTED, *ENDED_AS_FAILED), {"PrepareSession": [FAILED]}, _STREAM_FAILED
    ),
    "a stream that fails while it is awaited ends the request": Scenario(
        (*ACCEPTED, *(STREAM_AWAITED * 2), *ENDED_AS_FAILED),
        {"PrepareSession": [PENDING], "GetStream": [pausing(PENDING, 2), FAILED]},
        _STREAM_FAILED,
    ),
    "room is given up when the deadline has come": Scenario(
        (*ACCEPTED, "WaitForCapacity", "CreateStream", *ENDED_AS_FAILED),
        {"AcceptRequest": [accepts(deadline_in=3)], "PrepareSession": [NO_ROOM], "CreateStream": [_TOO_LATE]},
        (_TOO_LATE.error, _TOO_LATE.cause),
    ),
    "a stream is given up when the deadline has come": Scenario(
        (*ACCEPTED, "WaitForStream", "GetStream", *ENDED_AS_FAILED),
        {"AcceptRequest": [accepts(deadline_in=1)], "PrepareSession": [PENDING], "GetStream": [_TOO_LATE]},
        (_TOO_LATE.error, _TOO_LATE.cause),
    ),
    "a request that breaks a rule is rejected": Scenario(
        ("AcceptRequest", "RejectRequest", "Fail"),
        {"AcceptRequest": [_BROKEN_RULE]},
        (_BROKEN_RULE.error, _BROKEN_RULE.cause),
    ),
    "a request that conflicts with another is rejected": Scenario(
        ("AcceptRequest", "RejectRequest", "Fail"),
        {"AcceptRequest": [throws("RequestConflict", "it asked for something else")]},
        ("RequestConflict", "it asked for something else"),
    ),
    "a request that comes while the deployment is drained is rejected": Scenario(
        ("AcceptRequest", "RejectRequest", "Fail"),
        {"AcceptRequest": [throws("DoorsClosed", "Nothing new is accepted: this deployment is being drained")]},
        ("DoorsClosed", "Nothing new is accepted: this deployment is being drained"),
    ),
    "a request that has ended already is neither rejected nor ended again": Scenario(
        ("AcceptRequest", "Fail"),
        {"AcceptRequest": [throws("RequestEnded", "it has ended already: cancelled")]},
        ("RequestEnded", "it has ended already: cancelled"),
    ),
    "a request that cannot be put on record is ended as failed": Scenario(
        ("AcceptRequest", *ENDED_AS_FAILED), {"AcceptRequest": [_TABLE_DOWN]}, _NO_TABLE
    ),
    "a rejection that cannot be announced is left to those who watch executions fail": Scenario(
        ("AcceptRequest", "RejectRequest", "Fail"),
        {"AcceptRequest": [_BROKEN_RULE], "RejectRequest": [throws("EventsDown", "no bus")]},
        ("EventsDown", "no bus"),
    ),
    "a failure that cannot be recorded is left to those who watch executions fail": Scenario(
        ("AcceptRequest", "PrepareSession", "RecordFailure"),
        {"PrepareSession": [throws("KeyError", "'colour'")], "RecordFailure": [_TABLE_DOWN]},
        _NO_TABLE,
    ),
    "a request that has its outcome already is left as it is": Scenario(
        (*ACCEPTED, *GOT_ITS_URL, "RecordReady", "EndedAlready"), {"RecordReady": [ENDED_ALREADY]}
    ),
    "a ready stream that cannot be recorded for long is recorded later": Scenario(
        (*ACCEPTED, *GOT_ITS_URL, "RecordReady", "IsStreamAlive", "RecordReady"),
        {"GetStream": [_ALIVE], "RecordReady": [throws("States.Timeout"), {}]},
    ),
    "a ready stream that could not be recorded in its time ends as failed": Scenario(
        (*ACCEPTED, *GOT_ITS_URL, "RecordReady", "IsStreamAlive", *ENDED_AS_FAILED),
        {
            "GetStream": [stream(Status.READY, ready_at=START, expires_at=START)],
            "RecordReady": [throws("States.Timeout", "no table")],
        },
        ("UrlExpired", "The stream was ready, and its time was over before that could be recorded: no table"),
    ),
    "a request that has ended meanwhile gets no stream": Scenario(
        (*ACCEPTED, *ROOM_AWAITED[:2], "Fail"),
        {"PrepareSession": [NO_ROOM], "CreateStream": [_ENDED]},
        (_ENDED.error, _ENDED.cause),
    ),
    "a session is no longer prepared for a request that has ended": Scenario(
        (*ACCEPTED[:2], "Fail"), {"PrepareSession": [_ENDED]}, (_ENDED.error, _ENDED.cause)
    ),
    "a stream is no longer looked at for a request that has ended": Scenario(
        (*ACCEPTED, *STREAM_AWAITED[:2], "Fail"),
        {"PrepareSession": [PENDING], "GetStream": [_ENDED]},
        (_ENDED.error, _ENDED.cause),
    ),
}
