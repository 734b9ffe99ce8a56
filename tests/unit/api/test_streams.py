"""The API's rules: asking for a stream, looking at it, giving it up."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from greenroom.api.input import request_id_for
from greenroom.domain.errors import (
    DoorsClosed,
    InvalidRequest,
    NameTaken,
    RecordUnavailable,
    RequestConflict,
    RequestEnded,
    ThrottlingException,
    UnknownRequest,
)
from greenroom.domain.values import Failure, RequestState, Wait, Waiting
from greenroom.flow.executions import Execution
from greenroom.flow.payloads import Submission
from greenroom.record.model import Record
from tests.support.desk import Desk
from tests.support.examples import OWNER, URL, a_body, a_record, a_stream_url, an_acceptance
from tests.support.fakes import NOW, InMemoryRecords
from tests.support.recorders import RecordingExecutions

BOB = "arn:aws:iam::123456789012:user/bob"
ENDED = [state for state in RequestState if state.is_terminal]


def test_a_request_is_accepted_recorded_and_started() -> None:
    desk = Desk()
    answer = desk.create(metadata={"ticket": "A-17"})
    id_ = answer.body["id"]
    assert answer.status == 202
    assert answer.headers == {"Location": f"streams/{id_}", "Retry-After": "5"}
    assert answer.body == {
        "id": id_,
        "provider": "nimble",
        "state": "pending",
        "createdAt": "2026-11-24T12:00:00Z",
        "deadlineAt": "2026-11-24T12:15:00Z",
        "studioId": "studio",
        "sessionId": "session",
        "metadata": {"ticket": "A-17"},
    }
    assert desk.records.records[id_].owner == OWNER
    assert desk.executions.started == [(id_, a_body(metadata={"ticket": "A-17"}))]


def test_once_accepted_it_can_be_looked_at() -> None:
    desk = Desk()
    created = desk.create()
    shown = desk.show(request_id=created.body["id"])
    estimate = {"readyAt": "2026-11-24T12:00:12Z", "latestReadyAt": "2026-11-24T12:00:25Z"}
    assert (shown.status, shown.body) == (200, {**created.body, "estimate": estimate})


def test_a_request_that_breaks_a_rule_starts_nothing() -> None:
    desk = Desk()
    with pytest.raises(InvalidRequest):
        desk.create(expirationInSeconds=59)
    assert not desk.records.records
    assert not desk.executions.started


class ExecutionsThatDoNotStart(RecordingExecutions):
    """`lost`: the start took effect, and its answer was lost."""

    lost = False

    def start(self, request_id: str, request: Any) -> bool:
        if self.lost:
            super().start(request_id, request)
        raise ThrottlingException("Not now")


@pytest.mark.parametrize("lost", [False, True])
def test_a_request_without_a_key_whose_start_failed_is_withdrawn_and_stopped(lost: bool) -> None:  # noqa: FBT001
    desk = Desk()
    desk.executions = ExecutionsThatDoNotStart()
    desk.executions.lost = lost
    with pytest.raises(ThrottlingException):
        desk.create()
    (record,) = desk.records.records.values()
    assert (record.state, record.withdrawn, record.due_at) == (RequestState.CANCELLED, True, None)
    assert desk.list()["streams"] == []
    assert [stopped[0] for stopped in desk.executions.stopped] == [record.id]


@pytest.mark.parametrize("status", ["RUNNING", "FAILED"])
def test_a_request_whose_name_is_taken_is_a_conflict_at_each_repeat_and_in_no_list(status: str) -> None:
    """Whoever knows the owner and the key knows the id, and may start an execution that has it for a name."""
    desk, request_id = Desk(), request_id_for(OWNER, "key")
    desk.executions.known[request_id] = Execution(status, '{"studioId": "other"}')
    for _ in range(2):
        with pytest.raises(NameTaken):
            desk.create("key")
    assert desk.list()["streams"] == []
    assert (desk.executions.started, desk.executions.stopped) == ([], [])
    with pytest.raises(UnknownRequest):
        desk.show(request_id=request_id)
    assert desk.records.records[request_id].due_at is None


@pytest.mark.parametrize("theirs", [None, BOB])
def test_a_keyed_request_that_somebody_else_started_is_not_the_caller_s(theirs: str | None) -> None:
    request_id = request_id_for(OWNER, "key")
    desk = Desk(a_record(id=request_id, owner=theirs))
    with pytest.raises(RequestConflict, match="somebody else's"):
        desk.create("key")
    record = desk.records.records[request_id]
    assert (record.owner, record.withdrawn, desk.executions.started) == (theirs, False, [])


def test_an_execution_that_started_for_a_withdrawn_request_finds_that_it_has_ended() -> None:
    desk = Desk()
    desk.executions = ExecutionsThatDoNotStart()
    desk.executions.lost = True
    with pytest.raises(ThrottlingException):
        desk.create()
    ((request_id, body),) = desk.executions.started
    with pytest.raises(RequestEnded):
        an_acceptance(desk.records, admission=desk.admission, clock=desk.clock).accept_request(
            Submission(request_id, body)
        )


def test_a_withdrawn_request_is_there_for_nobody() -> None:
    desk = Desk(a_record(), administrators="*")
    desk.records.withdraw("r")
    for call in (desk.show, desk.cancel, desk.claim, desk.waiting_room):
        with pytest.raises(UnknownRequest):
            call()
    assert desk.list()["streams"] == []


def test_a_request_with_a_key_whose_start_failed_waits_for_its_caller_to_repeat_it() -> None:
    desk = Desk()
    throttled, desk.executions = desk.executions, ExecutionsThatDoNotStart()
    with pytest.raises(ThrottlingException):
        desk.create("key")
    desk.executions = throttled
    again = desk.create("key")
    assert [started[0] for started in desk.executions.started] == [again.body["id"]]
    assert again.body["state"] == "pending"


class RecordsWhoseAnswerIsLost(InMemoryRecords):
    def add(self, record: Record) -> Record:
        super().add(record)
        raise RecordUnavailable("DynamoDB did not answer (ReadTimeoutError)")


def test_a_record_without_a_key_that_was_written_all_the_same_is_withdrawn() -> None:
    desk = Desk()
    desk.records = RecordsWhoseAnswerIsLost()
    with pytest.raises(RecordUnavailable):
        desk.create()
    assert [record.withdrawn for record in desk.records.records.values()] == [True]


class RecordsThatAreNotToBeWritten(InMemoryRecords):
    def withdraw(self, request_id: str) -> None:
        raise RecordUnavailable(request_id)


def test_the_caller_gets_the_error_of_the_start_also_where_the_record_cannot_be_withdrawn() -> None:
    desk = Desk()
    desk.records, desk.executions = RecordsThatAreNotToBeWritten(), ExecutionsThatDoNotStart()
    with pytest.raises(ThrottlingException):
        desk.create()
    assert desk.executions.stopped == []  # it would be announced as cancelled


def test_the_same_key_and_body_is_the_same_request() -> None:
    desk = Desk()
    first = desk.create("key")
    desk.clock.advance(3)
    again = desk.create("key")
    assert again.body == first.body
    assert again.headers["Location"] == first.headers["Location"]
    assert {id_ for id_, _ in desk.executions.started} == {first.body["id"]}


@pytest.mark.parametrize("state", ENDED)
def test_it_is_so_even_when_the_request_has_ended(state: RequestState) -> None:
    desk = Desk()
    first = desk.create("key")
    desk.records.settle(first.body["id"], state, desk.clock(), Failure("SomeError", "A sentence"))
    again = desk.create("key")
    assert (again.status, again.body["id"], again.body["state"]) == (202, first.body["id"], state)
    assert "Retry-After" not in again.headers
    assert len(desk.executions.started) == 1


def test_while_the_doors_are_closed_nothing_new_is_accepted() -> None:
    desk = Desk()
    desk.doors.open = False
    for key in (None, "key"):
        with pytest.raises(DoorsClosed):
            desk.create(key)
    assert not desk.records.records
    assert not desk.executions.started


def test_what_was_accepted_before_is_answered_and_started_while_the_doors_are_closed() -> None:
    """Its first call may have died between the record and the start."""
    desk = Desk()
    accepted = desk.create("key")
    desk.executions.started.clear()
    desk.doors.open = False
    assert desk.create("key").body["id"] == accepted.body["id"]
    assert len(desk.executions.started) == 1


def test_the_same_key_with_another_body_is_a_conflict() -> None:
    desk = Desk()
    desk.create("key")
    with pytest.raises(RequestConflict):
        desk.create("key", expirationInSeconds=60)


def test_the_same_key_of_somebody_else_is_another_request() -> None:
    desk = Desk()
    assert desk.create("key").body["id"] != desk.create("key", caller=BOB).body["id"]


@pytest.mark.parametrize(("age", "seconds"), [(0, "5"), (4.2, "1"), (5, "5"), (21, "11"), (100, "35")])
def test_who_waits_is_told_when_to_come_back(age: float, seconds: str) -> None:
    desk = Desk(a_record())
    desk.clock.advance(age)
    assert desk.show().headers["Retry-After"] == seconds


def test_who_waits_for_a_stream_is_told_by_the_time_since_it_was_created() -> None:
    desk = Desk(a_record(waits={Waiting.STREAM: Wait(NOW + timedelta(seconds=100))}))
    desk.clock.advance(104)
    answer = desk.show()
    assert answer.headers["Retry-After"] == "1"
    assert answer.body["estimate"] == {"readyAt": "2026-11-24T12:01:52Z", "latestReadyAt": "2026-11-24T12:02:05Z"}


@pytest.mark.parametrize("state", ENDED)
def test_nobody_is_told_to_come_back_for_what_has_ended_nor_when_it_will_be_ready(state: RequestState) -> None:
    answer = Desk(a_record(state=state)).show()
    assert "Retry-After" not in answer.headers
    assert "estimate" not in answer.body


def test_a_ready_stream_is_shown_with_its_url_and_the_service_s_answer() -> None:
    service = {"streamId": "stream", "state": "READY", "statusCode": "STREAM_READY", "ownedBy": "ada"}
    desk = Desk(a_record(state=RequestState.READY, stream=service), r=a_stream_url())
    body = desk.show().body
    assert (body["state"], body["stream"]) == ("ready", service)
    assert (body["url"], body["expiresAt"], body["secondsLeft"]) == (URL, "2026-11-24T12:02:00Z", 120)


@pytest.mark.parametrize("state", [state for state in RequestState if state is not RequestState.READY])
def test_no_other_state_shows_a_url(state: RequestState) -> None:
    assert "url" not in Desk(a_record(state=state), r=a_stream_url()).show().body


@pytest.mark.parametrize("urls", [{}, {"r": a_stream_url(0)}, {"r": a_stream_url(-5)}], ids=str)
def test_a_url_that_has_expired_is_not_shown(urls: dict[str, Any]) -> None:
    body = Desk(a_record(state=RequestState.READY), **urls).show().body
    assert body["state"] == "ready"
    assert not {"url", "expiresAt", "secondsLeft"} & body.keys()


def test_a_failure_says_why() -> None:
    failed = a_record(state=RequestState.FAILED, failure=Failure("StreamFailed", "No stream"))
    body = Desk(failed).show().body
    assert (body["state"], body["error"], body["message"]) == ("failed", "StreamFailed", "No stream")


def test_a_request_is_cancelled_and_stopped() -> None:
    desk = Desk(a_record())
    answer = desk.cancel()
    assert (answer.status, answer.body["state"]) == (202, "cancelled")
    ((stopped, error, message),) = desk.executions.stopped
    assert (stopped, error) == ("r", "RequestCancelled")
    assert (answer.body["error"], answer.body["message"]) == (error, message)


def test_cancelling_twice_answers_the_same() -> None:
    desk = Desk(a_record())
    first = desk.cancel()
    desk.clock.advance(60)
    assert desk.cancel() == first
    assert len(desk.executions.stopped) == 1


@pytest.mark.parametrize("state", [state for state in ENDED if state is not RequestState.CANCELLED])
def test_what_has_ended_cannot_be_cancelled(state: RequestState) -> None:
    desk = Desk(a_record(state=state))
    with pytest.raises(RequestConflict, match=state.value):
        desk.cancel()
    assert desk.records.records["r"].state is state
    assert not desk.executions.stopped


class RecordsThatNobodyReads(InMemoryRecords):
    def get(self, request_id: str) -> Record | None:
        raise AssertionError(request_id)


@pytest.mark.parametrize("request_id", ["", "x" * 81, "é" * 2049, "a\x00b", "a\nb", "\ud800"], ids=ascii)
def test_what_can_be_no_id_is_unknown_before_anything_is_read(request_id: str) -> None:
    """DynamoDB's keys have 2,048 bytes at most, and at least one."""
    desk = Desk()
    desk.records = RecordsThatNobodyReads()
    with pytest.raises(UnknownRequest):
        desk.show(request_id=request_id)


@pytest.mark.parametrize("request_id", ["other", "", "r "])
def test_what_was_never_asked_for_is_unknown(request_id: str) -> None:
    with pytest.raises(UnknownRequest):
        Desk(a_record(deadline_at=a_record().created_at + timedelta(1))).show(request_id=request_id)
