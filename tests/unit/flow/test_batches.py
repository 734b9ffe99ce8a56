"""The tasks of a batch: each line is submitted once, each request counted once, and a cancelled batch comes to rest."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from greenroom.domain.errors import DoorsClosed, FieldError, ThrottlingException
from greenroom.domain.values import Failure, RequestState
from greenroom.flow.batch_payloads import BatchProgress, Submitted
from greenroom.flow.batches import (
    CANCELLED_AT_ONCE,
    CANCELLING_AT_MOST,
    CLOSED_WITHIN,
    LONGEST,
    PAUSE_BETWEEN,
    QUIET_BY_CLOCKS,
    QUIET_SECONDS,
    member_id,
)
from greenroom.flow.executions import Execution
from greenroom.record.batch import BatchState, Counts, Rejection
from greenroom.record.batches import Batches, Members
from greenroom.record.model import Open
from tests.support.batches import Classroom, InMemoryBatches, InMemoryMembers, InMemorySources
from tests.support.examples import OWNER, a_body, a_record
from tests.support.fakes import NOW, InMemoryRecords
from tests.support.recorders import RecordingExecutions

REASON = Failure("BatchCancelled", "The batch was cancelled by its owner")


def test_the_fakes_keep_the_ports() -> None:
    batches: Batches = InMemoryBatches()
    members: Members = InMemoryMembers(InMemoryRecords())
    assert batches.get("b") is None
    assert members.ended("b") == {}


def test_a_batch_that_its_retention_has_deleted_is_at_rest_and_nothing_else_can_be_done_with_it() -> None:
    room = Classroom()
    assert room.count("gone") == BatchProgress(0, Counts())
    for task in (room.begin, room.submit, room.cancel_requests):
        with pytest.raises(LookupError, match="There is no batch gone any more"):
            task("gone")
    room.doors.open = False
    with pytest.raises(LookupError, match="There is no batch gone any more"):
        room.begin("gone")
    with pytest.raises(LookupError, match="There is no batch gone any more"):
        room.cancel_requests("gone", REASON)


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
        "provider": "nimble", "studioId": "studio", "deadlineSeconds": 60,
    })  # fmt: skip
    room.begin(batch_id)
    assert room.submit(batch_id).dump() == {"accepted": 2, "rejected": 0}
    first, second = (room.records.records[member_id(batch_id, line)] for line in (1, 2))
    assert (first.owner, first.batch, first.fields.session_id) == (OWNER, batch_id, "a")
    assert [(record.deadline_at - NOW).seconds for record in (first, second)] == [60, 7]
    assert room.executions.started == [
        (first.id, {"provider": "nimble", "studioId": "studio", "deadlineSeconds": 60, "sessionId": "a"}),
        (second.id, {"provider": "nimble", "studioId": "studio", "deadlineSeconds": 7, "sessionId": "b"}),
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
    rests = [room.cancel_requests(batch_id) for _ in range(3)]
    assert [rest.wait for rest in rests] == [PAUSE_BETWEEN, PAUSE_BETWEEN, 0]
    assert rests[0].counts == Counts(ready=1, cancelled=CANCELLED_AT_ONCE, pending=1)
    rest = room.cancel_requests(batch_id)
    assert rest.counts == Counts(ready=1, cancelled=CANCELLED_AT_ONCE + 1)
    assert len(room.executions.stopped) == CANCELLED_AT_ONCE + 1
    cancelled = room.records.records[f"{batch_id}-2"]
    assert (cancelled.state, cancelled.settled_at, cancelled.failure) == (RequestState.CANCELLED, NOW, REASON)
    assert room.executions.stopped[0] == (cancelled.id, REASON.error, REASON.message)


def test_what_was_being_submitted_when_the_batch_was_cancelled_is_waited_for_and_cancelled() -> None:
    room = Classroom()
    batch_id = room.accepted(a_body(), a_body())
    room.begin(batch_id)
    room.cancel(batch_id)
    first = room.cancel_requests(batch_id)
    assert (first.wait, first.quiet) == (QUIET_SECONDS, True)
    late = f"{batch_id}-1"
    room.records.add(replace(a_record(id=late), batch=batch_id))
    second = room.cancel_requests(batch_id, quiet=True)
    assert (second.wait, second.quiet) == (PAUSE_BETWEEN, False)
    assert room.records.records[late].state is RequestState.CANCELLED
    assert room.cancel_requests(batch_id, quiet=False).wait == QUIET_SECONDS
    rest = room.cancel_requests(batch_id, quiet=True)
    assert (rest.wait, rest.counts) == (0, Counts(cancelled=2))


@pytest.mark.parametrize("skew", [-3600, 60, 3600])
def test_that_nothing_can_follow_is_not_told_by_the_clocks_of_two_functions(skew: int) -> None:
    room = Classroom()
    batch_id = room.accepted(a_body(), a_body())
    room.begin(batch_id)
    room.cancel(batch_id)
    room.clock.advance(skew)
    assert room.cancel_requests(batch_id).wait == QUIET_SECONDS
    assert room.cancel_requests(batch_id, quiet=True).wait == 0


def test_an_execution_that_cannot_say_how_long_it_waited_waits_longer_than_clocks_differ() -> None:
    """Those that began by the definition before: a batch may wait in one for a year."""
    room = Classroom()
    batch_id = room.accepted(a_body())
    room.begin(batch_id)
    room.cancel(batch_id)
    room.clock.advance(60)
    assert room.cancel_requests(batch_id, quiet=None).wait == QUIET_BY_CLOCKS.seconds - 60
    room.clock.advance(QUIET_BY_CLOCKS.seconds - 60)
    assert room.cancel_requests(batch_id, quiet=None).wait == 0


def test_a_batch_that_had_not_begun_is_at_rest_at_once() -> None:
    room = Classroom()
    batch_id = room.accepted(a_body(), a_body())
    room.cancel(batch_id)
    rest = room.cancel_requests(batch_id)
    assert (rest.wait, rest.counts) == (0, Counts(cancelled=2))


def test_a_batch_whose_own_execution_cannot_go_on_is_cancelled_with_the_reason() -> None:
    room = Classroom()
    batch_id = room.running(a_body())
    room.cancel_requests(batch_id, Failure("RecordUnavailable", "DynamoDB did not answer"))
    batch = room.batches.batches[batch_id]
    assert batch.due_at == NOW + CLOSED_WITHIN
    assert (batch.outcome, batch.failure) == (
        BatchState.CANCELLED,
        Failure("RecordUnavailable", "DynamoDB did not answer"),
    )
    assert room.records.records[f"{batch_id}-1"].state is RequestState.CANCELLED


def test_of_what_was_cancelled_and_has_come_to_rest_nothing_is_cancelled_again() -> None:
    room = Classroom()
    batch_id = room.running(a_body())
    room.cancel(batch_id)
    room.batches.end(batch_id, BatchState.CANCELLED, NOW, Counts(cancelled=1))
    assert room.cancel_requests(batch_id) == BatchProgress(0, Counts(cancelled=1))
    assert not room.executions.stopped


def test_of_what_nobody_has_cancelled_nothing_is_cancelled() -> None:
    room = Classroom()
    batch_id = room.running(a_body())
    assert room.cancel_requests(batch_id) == BatchProgress(0, Counts(pending=1))
    assert not room.executions.stopped


@pytest.mark.parametrize(("ahead", "pause"), [(0.4, 1), (100.4, 100), (1000, 180)])
def test_a_batch_that_has_not_begun_is_looked_at_when_it_should(ahead: float, pause: int) -> None:
    room = Classroom()
    start_at = NOW + timedelta(days=1)
    batch_id = room.accepted(a_body(), startAt=start_at.isoformat())
    room.clock.now = start_at - timedelta(seconds=ahead)
    assert room.count(batch_id).wait == pause


def test_of_what_has_finished_nothing_is_cancelled() -> None:
    room = Classroom()
    batch_id = room.running(a_body())
    room.batches.end(batch_id, BatchState.FINISHED, NOW, Counts(ready=1))
    assert room.cancel_requests(batch_id, REASON).dump() == {"wait": 0, "counts": Counts(ready=1).dump()}
    assert not room.executions.stopped


@pytest.mark.parametrize("state", [RequestState.READY, RequestState.FAILED])
def test_a_batch_whose_requests_have_all_ended_is_finished_and_not_cancelled(state: RequestState) -> None:
    room = Classroom()
    batch_id = room.running(a_body(), a_body())
    room.end_as(state, f"{batch_id}-1", f"{batch_id}-2")
    rest = room.cancel_requests(batch_id, Failure("ExecutionAborted", "The batch's execution ended early"))
    batch = room.batches.batches[batch_id]
    assert (batch.outcome, batch.ended_at, batch.failure, rest.wait, rest.counts) == (
        BatchState.FINISHED,
        NOW,
        None,
        0,
        Counts.of(2, {state: 2}, 0),
    )


class FlakyExecutions(RecordingExecutions):
    """Executions of which some cannot be stopped as often as `failing` says."""

    def __init__(self, **failing: int) -> None:
        super().__init__()
        self.failing = failing

    def stop(self, request_id: str, error: str, cause: str) -> None:
        if self.failing.get(request_id[-1], 0):
            self.failing[request_id[-1]] -= 1
            raise ThrottlingException("Rate exceeded")
        super().stop(request_id, error, cause)


def test_a_stop_that_fails_is_made_again_and_keeps_no_other_request_from_being_cancelled() -> None:
    room = Classroom()
    room.executions = FlakyExecutions(**{"1": 2})
    batch_id = room.running(a_body(), a_body(), a_body())
    room.cancel(batch_id)
    for _ in range(2):
        with pytest.raises(ThrottlingException):
            room.cancel_requests(batch_id)
        assert {stopped[0][-1] for stopped in room.executions.stopped} == {"2", "3"}
        assert room.records.records[f"{batch_id}-1"].state is RequestState.PENDING
    room.cancel_requests(batch_id)
    assert [stopped[0][-1] for stopped in room.executions.stopped] == ["2", "3", "1"]
    assert {record.state for record in room.records.records.values()} == {RequestState.CANCELLED}


def test_executions_are_stopped_no_faster_than_step_functions_lets_them_in_most_regions() -> None:
    """A stop takes 30 ms."""
    assert CANCELLED_AT_ONCE / (CANCELLED_AT_ONCE * 0.03 + PAUSE_BETWEEN) <= 25


def test_a_function_that_is_held_up_leaves_the_rest_to_its_next_call() -> None:
    room = Classroom()
    batch_id = room.running(*[a_body()] * 5)
    room.cancel(batch_id)
    slow = RecordingExecutions()
    slow.stop = lambda *_: room.clock.advance(CANCELLING_AT_MOST.seconds / 2)  # type: ignore[method-assign]
    room.executions = slow
    assert room.cancel_requests(batch_id).wait == PAUSE_BETWEEN
    cancelled = [each for each in room.records.records.values() if each.state is RequestState.CANCELLED]
    assert len(cancelled) == 3


def test_a_function_that_is_held_up_tells_what_failed_before() -> None:
    room = Classroom()
    batch_id = room.running(*[a_body()] * 3)
    room.cancel(batch_id)

    def stop(*_: object) -> None:
        room.clock.advance(CANCELLING_AT_MOST.seconds + 1)
        raise ThrottlingException("Rate exceeded")

    room.executions.stop = stop  # type: ignore[assignment,method-assign]
    with pytest.raises(ThrottlingException):
        room.cancel_requests(batch_id)


def test_what_an_earlier_attempt_accepted_stays_so_when_the_rules_have_changed() -> None:
    """A deployment may come between two attempts, and a batch may have waited for a year before it."""
    room = Classroom()
    batch_id = room.accepted(a_body(), a_body())
    for number, digest in enumerate(("d" * 64, "e" * 64), 1):
        room.records.add(replace(a_record(id=f"{batch_id}-{number}"), batch=batch_id, digest=digest))
    room.begin(batch_id)
    assert room.submit(batch_id).dump() == {"accepted": 2, "rejected": 0}
    assert len(room.executions.started) == 2


def test_a_line_that_was_rejected_before_and_is_accepted_now_counts_once() -> None:
    room = Classroom()
    batch_id = room.accepted(a_body(), a_body())
    batch = room.batches.batches[batch_id]
    room.batches.keep_rejections(batch, 0, [Rejection(1, [FieldError("provider", "must be one that is deployed")])])
    room.batches.note_successor(batch_id, 1, NOW)
    room.begin(batch_id)
    room.submit(batch_id)
    assert room.count(batch_id).counts == Counts(pending=2)


def test_a_line_whose_id_is_another_request_s_is_rejected_and_holds_up_no_other() -> None:
    room = Classroom()
    batch_id = room.accepted(a_body(), a_body())
    room.records.add(replace(a_record(id=f"{batch_id}-1"), digest="d" * 64))
    room.begin(batch_id)
    assert room.submit(batch_id).dump() == {"accepted": 1, "rejected": 1}
    (rejection,) = room.batches.rejections(room.batches.batches[batch_id])
    said = f"Request {batch_id}-1 exists already and asked for something else"
    assert (rejection.line, rejection.errors) == (1, [FieldError("id", said)])


STRANGERS = {"another request": json.dumps(a_body(studioId="other")), "no request": "{}", "a renewal": '{"renew": "r"}'}


@pytest.mark.parametrize("given", STRANGERS.values(), ids=STRANGERS)
def test_a_member_whose_name_is_taken_fails_and_holds_up_no_other(given: str) -> None:
    """The names of members can be guessed. The batch goes on, adds up, and comes to rest."""
    room = Classroom()
    batch_id = room.accepted(a_body(), a_body(), a_body())
    room.executions.known[f"{batch_id}-2"] = Execution("FAILED", given)
    room.begin(batch_id)
    assert room.submit(batch_id) == room.submit(batch_id) == Submitted(3, 0)
    taken = room.records.records[f"{batch_id}-2"]
    assert (taken.state, taken.owner, taken.batch, taken.open) == (
        RequestState.FAILED,
        OWNER,
        batch_id,
        Open.UNANNOUNCED,
    )
    assert (taken.settled_at, taken.failure) == (NOW, Failure("NameTaken", f"The name {taken.id} is taken"))
    room.end_as(RequestState.READY, f"{batch_id}-1", f"{batch_id}-3")
    assert room.count(batch_id) == BatchProgress(0, Counts(ready=2, failed=1))


@pytest.mark.parametrize("theirs", [{"owner": None}, {"owner": "mallory"}, {"owner": OWNER}], ids=str)
def test_a_line_whose_very_request_a_stranger_has_put_on_record_is_rejected(theirs: dict[str, Any]) -> None:
    """It would be in no list of the batch, which would wait for it until its end."""
    room = Classroom()
    batch_id = room.accepted(a_body(), a_body())
    room.records.add(a_record(id=f"{batch_id}-1", **theirs))
    room.begin(batch_id)
    assert room.submit(batch_id) == Submitted(1, 1)
    room.end_as(RequestState.READY, f"{batch_id}-2")
    assert room.count(batch_id) == BatchProgress(0, Counts(ready=1, rejected=1))


def test_a_batch_that_is_taken_up_again_is_submitted_again() -> None:
    room = Classroom()
    batch_id = room.accepted(*[a_body()] * 120)
    assert room.begin(batch_id) == [0, 1, 2]
    room.clock.advance(3600)
    assert room.begin(batch_id) == [0, 1, 2]
    assert room.batches.batches[batch_id].due_at == room.clock() + LONGEST


def test_a_batch_that_its_retention_deleted_is_at_rest_and_cannot_be_begun() -> None:
    room = Classroom()
    assert room.count("gone").wait == 0
    with pytest.raises(LookupError, match="There is no batch gone any more"):
        room.begin("gone")
