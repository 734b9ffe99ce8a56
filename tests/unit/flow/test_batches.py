"""The tasks of a batch: each line is submitted once, each request counted once, and a cancelled batch comes to rest."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from greenroom.domain.errors import DoorsClosed
from greenroom.domain.values import Failure, RequestState
from greenroom.flow.batches import CANCELLED_AT_ONCE, LONGEST, QUIET_AFTER, member_id
from greenroom.record.batch import BatchState, Counts
from greenroom.record.batches import Batches, Members
from tests.support.batches import Classroom, InMemoryBatches, InMemoryMembers, InMemorySources
from tests.support.examples import OWNER, a_body, a_record
from tests.support.fakes import NOW, InMemoryRecords

REASON = Failure("BatchCancelled", "The batch was cancelled by its owner")


def test_the_fakes_keep_the_ports() -> None:
    batches: Batches = InMemoryBatches()
    members: Members = InMemoryMembers(InMemoryRecords())
    assert batches.get("b") is None
    assert members.ended("b") == {}


def test_a_batch_begins_with_all_its_slices_and_should_have_ended_at_a_known_time() -> None:
    room = Classroom()
    batch_id = room.accepted(*[a_body()] * 120)
    assert room.begin(batch_id) == [0, 1, 2]
    batch = room.batches.batches[batch_id]
    assert (batch.state, batch.begun_at, batch.due_at) == (BatchState.RUNNING, NOW, NOW + LONGEST)


def test_a_batch_that_was_cancelled_has_nothing_to_submit() -> None:
    room = Classroom()
    batch_id = room.accepted(a_body())
    room.cancel(batch_id)
    assert room.begin(batch_id) == []
    assert room.batches.batches[batch_id].state is BatchState.CANCELLED


def test_a_batch_does_not_begin_while_the_doors_are_closed_and_one_that_has_begun_goes_on() -> None:
    room = Classroom()
    scheduled, begun = room.accepted(a_body()), room.accepted(a_body(sessionId="another"))
    room.begin(begun)
    room.doors.open = False
    with pytest.raises(DoorsClosed):
        room.begin(scheduled)
    assert room.batches.batches[scheduled].begun_at is None
    assert room.begin(begun) == [0]


def test_each_request_is_put_on_record_as_its_owner_s_and_started_with_the_defaults() -> None:
    room = Classroom()
    batch_id = room.accepted({"sessionId": "a"}, {"sessionId": "b", "deadlineSeconds": 7}, defaults={
        "studioId": "studio", "deadlineSeconds": 60,
    })  # fmt: skip
    room.begin(batch_id)
    assert room.submit(batch_id).dump() == {"accepted": 2, "rejected": 0}
    first, second = (room.records.records[member_id(batch_id, line)] for line in (1, 2))
    assert (first.owner, first.batch, first.fields.session_id) == (OWNER, batch_id, "a")
    assert [(record.deadline_at - NOW).seconds for record in (first, second)] == [60, 7]
    assert room.executions.started == [
        (first.id, {"studioId": "studio", "deadlineSeconds": 60, "sessionId": "a"}),
        (second.id, {"studioId": "studio", "deadlineSeconds": 7, "sessionId": "b"}),
    ]


def test_a_slice_that_is_submitted_again_makes_nothing_twice_and_starts_what_has_not_ended() -> None:
    room = Classroom()
    batch_id = room.running(a_body(), a_body())
    before = dict(room.records.records)
    room.end_as(RequestState.READY, f"{batch_id}-1")
    room.executions.started.clear()
    room.submit(batch_id)
    assert room.records.records == before | {f"{batch_id}-1": room.records.records[f"{batch_id}-1"]}
    assert [started for started, _ in room.executions.started] == [f"{batch_id}-2"]


def test_a_line_that_is_no_request_is_kept_by_its_number_and_its_errors_and_holds_up_no_other() -> None:
    lines = [b"{", json.dumps(a_body(deadlineSeconds=0, claim=1)).encode(), b"[]", json.dumps(a_body()).encode()]
    room = Classroom(buckets="classes", sources=InMemorySources(**{"classes/x": b"\n".join(lines)}))
    batch_id = str(room.create({"source": {"bucket": "classes", "key": "x"}}).body["id"])
    room.begin(batch_id)
    for _ in range(2):
        assert room.submit(batch_id).dump() == {"accepted": 1, "rejected": 3}
    rejections = room.batches.rejections(room.batches.batches[batch_id])
    assert [each.line for each in rejections] == [1, 2, 3]
    assert [error.field for error in rejections[1].errors] == ["deadlineSeconds", "claim"]
    assert set(room.records.records) == {f"{batch_id}-4"}


def test_a_batch_cannot_renew_a_request_of_somebody_else() -> None:
    room = Classroom(buckets="classes", sources=InMemorySources(**{"classes/x": b'{"renew": "r"}'}))
    batch_id = str(room.create({"source": {"bucket": "classes", "key": "x"}}).body["id"])
    room.begin(batch_id)
    assert room.submit(batch_id).dump() == {"accepted": 0, "rejected": 1}
    assert not room.executions.started


def test_nothing_is_submitted_of_a_batch_that_was_cancelled_meanwhile() -> None:
    room = Classroom()
    batch_id = room.accepted(a_body())
    room.begin(batch_id)
    room.cancel(batch_id)
    assert room.submit(batch_id).dump() == {"accepted": 0, "rejected": 0}
    assert not room.records.records


def test_a_request_that_the_index_does_not_have_yet_is_pending() -> None:
    room = Classroom()
    batch_id = room.running(a_body(), a_body(), a_body())
    room.end_as(RequestState.READY, f"{batch_id}-1")
    room.end_as(RequestState.FAILED, f"{batch_id}-2", f"{batch_id}-3")
    room.members.hidden = {f"{batch_id}-3"}
    assert room.count(batch_id).counts == Counts(pending=1, ready=1, failed=1)
    assert room.count(batch_id).wait == 5
    room.members.hidden.clear()
    assert room.count(batch_id).dump() == {"wait": 0, "counts": Counts(ready=1, failed=2).dump()}


@pytest.mark.parametrize(("age", "pause"), [(0, 5), (50, 5), (300, 30), (86_400, 180)])
def test_the_pause_between_two_looks_grows_with_the_age_of_the_batch(age: int, pause: int) -> None:
    room = Classroom()
    batch_id = room.running(a_body())
    room.clock.advance(age)
    assert room.count(batch_id).wait == pause


def test_a_batch_that_is_cancelled_needs_no_other_look() -> None:
    room = Classroom()
    batch_id = room.running(a_body())
    room.cancel(batch_id)
    assert room.count(batch_id).wait == 0


def test_what_is_pending_is_cancelled_some_at_a_time_and_stopped() -> None:
    room = Classroom()
    batch_id = room.running(*[a_body()] * (CANCELLED_AT_ONCE + 2))
    room.end_as(RequestState.READY, f"{batch_id}-1")
    room.cancel(batch_id)
    assert [room.cancel_requests(batch_id).wait for _ in range(3)] == [1, 1, 0]
    rest = room.cancel_requests(batch_id)
    assert rest.counts == Counts(ready=1, cancelled=CANCELLED_AT_ONCE + 1)
    assert len(room.executions.stopped) == CANCELLED_AT_ONCE + 1
    cancelled = room.records.records[f"{batch_id}-2"]
    assert (cancelled.state, cancelled.failure) == (RequestState.CANCELLED, REASON)


def test_what_was_being_submitted_when_the_batch_was_cancelled_is_waited_for_and_cancelled() -> None:
    room = Classroom()
    batch_id = room.accepted(a_body(), a_body())
    room.begin(batch_id)
    room.cancel(batch_id)
    assert room.cancel_requests(batch_id).wait == QUIET_AFTER.seconds
    late = f"{batch_id}-1"
    room.records.add(replace(a_record(id=late), batch=batch_id))
    room.clock.advance(QUIET_AFTER.seconds - 1)
    assert room.cancel_requests(batch_id).wait == 1
    assert room.records.records[late].state is RequestState.CANCELLED
    room.clock.advance(1)
    assert room.cancel_requests(batch_id).dump() == {"wait": 0, "counts": Counts(cancelled=2).dump()}


def test_a_batch_that_had_not_begun_is_at_rest_at_once() -> None:
    room = Classroom()
    batch_id = room.accepted(a_body(), a_body())
    room.cancel(batch_id)
    assert room.cancel_requests(batch_id).dump() == {"wait": 0, "counts": Counts(cancelled=2).dump()}


def test_a_batch_whose_own_execution_cannot_go_on_is_cancelled_with_the_reason() -> None:
    room = Classroom()
    batch_id = room.running(a_body())
    room.cancel_requests(batch_id, Failure("RecordUnavailable", "DynamoDB did not answer"))
    batch = room.batches.batches[batch_id]
    assert (batch.outcome, batch.failure) == (
        BatchState.CANCELLED,
        Failure("RecordUnavailable", "DynamoDB did not answer"),
    )
    assert room.records.records[f"{batch_id}-1"].state is RequestState.CANCELLED


def test_of_what_has_finished_nothing_is_cancelled() -> None:
    room = Classroom()
    batch_id = room.running(a_body())
    room.batches.end(batch_id, BatchState.FINISHED, NOW, Counts(ready=1))
    assert room.cancel_requests(batch_id, REASON).dump() == {"wait": 0, "counts": Counts(ready=1).dump()}
    assert not room.executions.stopped


def test_a_batch_that_is_gone_is_an_error() -> None:
    with pytest.raises(LookupError, match="There is no batch gone any more"):
        Classroom().count("gone")
