"""What one owner may have under way at a time, where the deployment bounds it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from greenroom.api.problem import problem_of
from greenroom.domain.errors import PaceUnavailable, ThrottlingException, UsageExceeded
from greenroom.domain.values import Failure, RequestState
from greenroom.flow.pacing.paces import Change
from greenroom.record.batch import BatchState
from tests.support.batches import Classroom
from tests.support.desk import Desk
from tests.support.examples import OWNER, a_body, a_record
from tests.support.fakes import NOW
from tests.support.recorders import RecordingExecutions

BOB = "arn:aws:iam::123456789012:user/bob"


class DoesNotStart(RecordingExecutions):
    def start(self, *_: Any) -> bool:
        raise ThrottlingException("Not now")


def desk_with(limit: int) -> Desk:
    desk = Desk()
    desk.limit = limit
    return desk


def test_beyond_the_limit_a_request_is_refused_and_nothing_is_recorded_or_started() -> None:
    desk = desk_with(2)
    desk.create()
    desk.create()
    with pytest.raises(UsageExceeded, match="2 requests of yours are pending"):
        desk.create()
    assert len(desk.records.records) == len(desk.executions.started) == 2


def test_the_answer_says_when_the_first_of_them_is_likely_to_end() -> None:
    desk = desk_with(1)
    created = desk.create()
    ready_at = desk.show(request_id=created.body["id"]).body["estimate"]["readyAt"]
    with pytest.raises(UsageExceeded) as caught:
        desk.create()
    answer = problem_of(caught.value)
    assert answer.status_code == 429
    assert ready_at == "2026-11-24T12:00:12Z"
    assert answer.headers["Retry-After"] == "12"


@pytest.mark.parametrize("state", [state for state in RequestState if state.is_terminal])
def test_a_request_that_has_ended_makes_room(state: RequestState) -> None:
    desk = desk_with(1)
    created = desk.create().body["id"]
    desk.records.settle(created, state, NOW, Failure("E", "m"))
    assert desk.create().status == 202


def test_a_repeat_of_a_known_key_is_never_refused() -> None:
    desk = desk_with(1)
    first = desk.create(key="a")
    assert desk.create(key="a").body["id"] == first.body["id"]
    with pytest.raises(UsageExceeded):
        desk.create(key="b")


def test_the_requests_of_others_and_of_batches_take_no_room() -> None:
    desk = desk_with(1)
    desk.create(caller=BOB)
    desk.records.add(a_record(id="member", owner=OWNER, batch="b"))
    assert desk.create().status == 202


def test_a_request_whose_start_fails_takes_no_room() -> None:
    desk = desk_with(1)
    desk.executions = DoesNotStart()
    with pytest.raises(ThrottlingException):
        desk.create()
    desk.executions = RecordingExecutions()
    assert desk.create().status == 202


def test_however_many_have_ended_since_the_pending_ones_are_found() -> None:
    desk = desk_with(1)
    desk.records.add(a_record(id="old", owner=OWNER, created_at=NOW - timedelta(hours=20)))
    for number in range(450):
        desk.records.add(a_record(id=f"r{number}", owner=OWNER, state=RequestState.READY))
    with pytest.raises(UsageExceeded):
        desk.create()


def test_what_is_older_than_any_deadline_is_not_read() -> None:
    desk = desk_with(1)
    desk.records.add(a_record(id="old", owner=OWNER, created_at=NOW - timedelta(hours=28)))
    assert desk.create().status == 202


def test_without_a_limit_nothing_is_counted() -> None:
    desk = Desk()
    for _ in range(30):
        desk.create()
    assert len(desk.records.records) == 30


def room_with(limit: int) -> Classroom:
    room = Classroom()
    room.limit = limit
    return room


def batch_of(count: int) -> dict[str, Any]:
    return {"requests": [a_body()] * count}


def test_batches_are_refused_whose_requests_would_be_too_many_together() -> None:
    room = room_with(5)
    room.create(batch_of(3))
    with pytest.raises(UsageExceeded, match="3 requests of 1 batches of yours") as caught:
        room.create(batch_of(3))
    assert room.create(batch_of(2)).status == 202
    assert room.create(batch_of(5), caller=BOB).status == 202
    assert caught.value.retry_after == 5
    assert len(room.batches.batches) == len(room.runs.started) == 3


def test_a_batch_that_could_never_be_accepted_has_no_time_to_come_again() -> None:
    with pytest.raises(UsageExceeded, match="A batch may have 5 requests here") as caught:
        room_with(5).create(batch_of(6))
    answer = problem_of(caught.value)
    assert (answer.status_code, answer.headers.get("Retry-After")) == (429, None)


def test_a_batch_at_rest_makes_room_and_so_does_one_that_was_closed() -> None:
    room = room_with(2)
    ended, closed = (room.create(batch_of(1)).body["id"] for _ in range(2))
    with pytest.raises(UsageExceeded):
        room.create(batch_of(1))
    room.batches.end(ended, BatchState.FINISHED, NOW, room.batches.batches[ended].counts)  # type: ignore[arg-type]
    assert room.create(batch_of(1)).status == 202
    room.batches.cancel(closed, NOW, NOW, Failure("E", "m"))
    with pytest.raises(UsageExceeded):
        room.create(batch_of(1))
    room.batches.close(closed)
    assert room.create(batch_of(1)).status == 202


def test_a_repeat_of_a_known_batch_is_never_refused() -> None:
    room = room_with(2)
    first = room.create(batch_of(2), "key")
    assert room.create(batch_of(2), "key").body["id"] == first.body["id"]


def test_a_batch_whose_start_fails_takes_no_room() -> None:
    room = room_with(2)
    room.runs = DoesNotStart()
    with pytest.raises(ThrottlingException):
        room.create(batch_of(2))
    room.runs = RecordingExecutions()
    assert room.create(batch_of(2)).status == 202


def test_a_batch_that_was_noted_and_never_kept_takes_no_room() -> None:
    room = room_with(2)
    room.create(batch_of(2))
    (name,) = room.paces.numbers
    room.batches.batches.clear()
    assert room.create(batch_of(2)).status == 202
    assert len([each for each in room.paces.numbers[name] if each not in {"version", "ttl"}]) == 1


def test_another_batch_that_is_accepted_meanwhile_is_counted() -> None:
    room = room_with(2)
    before, others = room.paces.change, iter([batch_of(2)])

    def changed(name: str, change: Change) -> bool:
        for other in others:
            room.create(other)
        return before(name, change)

    room.paces.change = changed  # type: ignore[method-assign]  # another call comes between read and write
    with pytest.raises(UsageExceeded):
        room.create(batch_of(2))
    assert len(room.batches.batches) == 1


def test_when_the_note_of_batches_cannot_be_written_the_call_fails() -> None:
    room = room_with(2)
    room.paces.fails = {"change"}
    with pytest.raises(PaceUnavailable):
        room.create(batch_of(1))
    assert not room.batches.batches


def test_without_a_limit_no_batch_is_noted() -> None:
    room = Classroom()
    room.create(batch_of(1))
    assert room.paces.calls == []
