"""The API's rules for batches: asking for one, looking at it, giving it up."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from greenroom.domain.caller import Caller
from greenroom.domain.errors import (
    DoorsClosed,
    InvalidRequest,
    NotAllowed,
    RequestConflict,
    ThrottlingException,
    UnknownRequest,
)
from greenroom.domain.values import RequestState
from greenroom.record.batch import Batch, BatchState, Counts
from greenroom.request.batch_request import MAX_REQUESTS
from tests.support.admission import NOTEBOOKS, an_admission
from tests.support.batches import Classroom, InMemorySources
from tests.support.desk import Desk
from tests.support.examples import OWNER, a_body, a_record
from tests.support.fakes import NOW
from tests.support.recorders import RecordingExecutions

ADMIN = "arn:aws:iam::123456789012:user/admin"
BOB = "arn:aws:iam::123456789012:user/bob"
NOBODY = dict.fromkeys(Counts().dump(), 0)


def test_a_batch_is_accepted_kept_and_started_and_nothing_is_submitted_yet() -> None:
    room = Classroom()
    answer = room.create({"requests": [a_body(), a_body()], "metadata": {"class": "A-17"}})
    id_ = answer.body["id"]
    assert answer.status == 202
    assert answer.headers == {"Location": f"batches/{id_}", "Retry-After": "5"}
    assert answer.body == {
        "id": id_,
        "state": "scheduled",
        "total": 2,
        "startAt": "2026-11-24T12:00:00Z",
        "createdAt": "2026-11-24T12:00:00Z",
        "counts": {**NOBODY, "pending": 2},
        "metadata": {"class": "A-17"},
    }
    assert room.runs.started == [(id_, {"batch": id_, "startAt": "2026-11-24T12:00:00Z", "closing": False})]
    assert not room.records.records


def test_the_same_key_and_body_is_the_same_batch_and_starts_what_was_not_started() -> None:
    room = Classroom()
    first, again = (room.create({"requests": [a_body()]}, "key") for _ in range(2))
    assert again.body == first.body
    assert {started for started, _ in room.runs.started} == {first.body["id"]}
    assert len(room.batches.batches) == 1


def test_while_the_doors_are_closed_no_batch_is_accepted_and_one_that_was_is_answered() -> None:
    room = Classroom()
    accepted = room.create({"requests": [a_body()]}, "key")
    room.doors.open = False
    for key in (None, "another"):
        with pytest.raises(DoorsClosed):
            room.create({"requests": [a_body()]}, key)
    assert room.create({"requests": [a_body()]}, "key").body["id"] == accepted.body["id"]
    assert len(room.batches.batches) == 1


def test_a_repeat_shows_how_far_the_batch_is_and_starts_none_that_has_its_outcome() -> None:
    room = Classroom()
    batch_id = str(room.create({"requests": [a_body()]}, "key").body["id"])
    room.cancel(batch_id)
    room.runs.started.clear()
    assert room.create({"requests": [a_body()]}, "key").body["state"] == "cancelled"
    assert not room.runs.started


def test_a_repeat_of_what_has_begun_is_no_error_though_its_time_is_past() -> None:
    room = Classroom()
    body = {"requests": [a_body()], "startAt": "2026-11-24T12:00:00Z"}
    first = room.create(body, "key")
    room.clock.advance(3600)
    assert room.create(body, "key").body["id"] == first.body["id"]


def test_the_same_key_with_another_body_is_a_conflict_and_that_of_somebody_else_another_batch() -> None:
    room = Classroom()
    first = room.create({"requests": [a_body()]}, "key")
    with pytest.raises(RequestConflict):
        room.create({"requests": [a_body(), a_body()]}, "key")
    assert room.create({"requests": [a_body()]}, "key", caller=BOB).body["id"] != first.body["id"]


def test_the_same_key_for_a_batch_and_for_a_stream_are_two_things() -> None:
    assert Classroom().create({"requests": [a_body()]}, "key").body["id"] != Desk().create("key").body["id"]


def test_a_batch_that_breaks_a_rule_is_not_kept() -> None:
    room = Classroom()
    with pytest.raises(InvalidRequest, match=r"requests\[1\].sessionId: is required"):
        room.create({"requests": [a_body(), {"provider": "nimble", "studioId": "studio"}]})
    assert not room.batches.batches
    assert not room.runs.started


def from_s3(content: bytes, buckets: str = "classes") -> Classroom:
    return Classroom(buckets=buckets, sources=InMemorySources(**{"classes/monday": content}))


SOURCE = {"source": {"bucket": "classes", "key": "monday"}}


def test_an_object_of_s3_is_copied_as_it_is_now_whatever_its_lines_say() -> None:
    room = from_s3(b'{"studioId": "studio"}\n\nno JSON\n')
    answer = room.create(SOURCE)
    room.sources.objects.clear()
    assert answer.body["total"] == 2
    (part,) = room.batches.slices[str(answer.body["id"])]
    assert list(part.lines()) == [(1, b'{"studioId": "studio"}'), (3, b"no JSON")]


@pytest.mark.parametrize("content", [b"", b"\n \n", b"{}\n" * (MAX_REQUESTS + 1)], ids=["empty", "blank", "too many"])
def test_an_object_with_no_line_or_too_many_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidRequest, match="source: must have 1 to 10000 lines"):
        from_s3(content).create(SOURCE)


@pytest.mark.parametrize(("buckets", "said"), [("", "which is empty"), ("others", "batchBuckets names$")])
def test_a_bucket_that_the_setting_does_not_name_is_refused_by_the_setting_s_name(buckets: str, said: str) -> None:
    with pytest.raises(InvalidRequest, match=f"source.bucket: .*batchBuckets.*{said}|{said}"):
        from_s3(b"{}", buckets).create(SOURCE)


def test_a_batch_shows_its_counts_and_the_first_lines_that_were_rejected() -> None:
    room = from_s3(
        b"\n".join([b'{"provider": "nimble", "studioId": "studio", "sessionId": "session"}'] * 3 + [b"{"] * 120)
    )
    batch_id = str(room.create(SOURCE).body["id"])
    for number in room.begin(batch_id):
        room.submit(batch_id, number)
    room.end_as(RequestState.READY, f"{batch_id}-1")
    room.end_as(RequestState.TIMED_OUT, f"{batch_id}-2")
    body = room.show(batch_id).body
    assert body["state"] == "running"
    assert body["counts"] == {**NOBODY, "pending": 1, "ready": 1, "timed_out": 1, "rejected": 120}
    assert [each["line"] for each in body["rejected"]] == list(range(4, 104))
    assert body["rejected"][0]["errors"] == [{"field": "body", "detail": "must be JSON"}]


@pytest.mark.parametrize(("seconds", "pause"), [(-500, 180), (-7, 7), (0, 5), (100, 10), (5000, 180)])
def test_who_waits_for_a_batch_is_told_when_to_come_back(seconds: int, pause: int) -> None:
    room = Classroom()
    start_at = (NOW + timedelta(seconds=max(0, -seconds))).isoformat()
    batch_id = room.accepted(a_body(), startAt=start_at)
    if seconds >= 0:
        room.begin(batch_id)
        room.clock.advance(seconds)
    assert room.show(batch_id).headers == {"Retry-After": str(pause)}


def test_a_batch_of_somebody_else_does_not_exist_whatever_is_done_with_it() -> None:
    room = Classroom(administrators="*/root")
    batch_id = room.accepted(a_body())
    for call in (room.show, room.cancel):
        with pytest.raises(UnknownRequest):
            call(batch_id, BOB)
        with pytest.raises(UnknownRequest):
            call("other")
    assert room.show(batch_id, "arn:aws:iam::123456789012:user/root").status == 200
    assert room.batches.batches[batch_id].outcome is None


def test_a_batch_is_cancelled_at_once_and_an_execution_of_its_own_cancels_its_requests() -> None:
    room = Classroom()
    batch_id = room.running(a_body(), a_body())
    first, again = room.cancel(batch_id), room.cancel(batch_id)
    assert (first.status, first.body["state"], first.body["error"]) == (202, "cancelled", "BatchCancelled")
    assert first.body == again.body
    assert "Retry-After" in first.headers
    assert {stopped for stopped, _, _ in room.runs.stopped} == {batch_id}
    assert {started for started, _ in room.runs.started[1:]} == {f"{batch_id}-closing-0"}
    assert {record.state for record in room.records.records.values()} == {RequestState.PENDING}


def test_what_has_finished_cannot_be_cancelled() -> None:
    room = Classroom()
    batch_id = room.accepted(a_body())
    room.batches.end(batch_id, BatchState.FINISHED, NOW, Counts(ready=1))
    with pytest.raises(RequestConflict, match="finished"):
        room.cancel(batch_id)
    shown = room.show(batch_id)
    assert (shown.body["state"], shown.body["endedAt"]) == ("finished", "2026-11-24T12:00:00Z")
    assert "Retry-After" not in shown.headers
    assert not room.runs.stopped


def test_a_batch_whose_requests_have_all_ended_has_finished_and_cannot_be_cancelled() -> None:
    """Although the look that ends it has not come yet."""
    room = Classroom()
    batch_id = room.running(a_body())
    room.end_as(RequestState.READY, f"{batch_id}-1")
    with pytest.raises(RequestConflict, match="finished"):
        room.cancel(batch_id)
    batch = room.batches.batches[batch_id]
    assert (batch.state, batch.counts) == (BatchState.FINISHED, Counts(ready=1))
    assert not room.runs.stopped


class FlakyExecutions(RecordingExecutions):
    """Executions whose next start or stop fails."""

    fails = ""

    def start(self, request_id: str, request: Mapping[str, Any]) -> bool:
        self._fail("start")
        return super().start(request_id, request)

    def stop(self, request_id: str, error: str, cause: str) -> None:
        self._fail("stop")
        super().stop(request_id, error, cause)

    def _fail(self, call: str) -> None:
        if self.fails == call:
            self.fails = ""
            raise ThrottlingException("Rate exceeded")


@pytest.mark.parametrize("call", ["start", "stop"])
def test_a_batch_is_cancelled_by_repeating_what_failed(call: str) -> None:
    room = Classroom()
    batch_id = room.running(a_body())
    room.runs = FlakyExecutions()
    room.runs.fails = call
    with pytest.raises(ThrottlingException):
        room.cancel(batch_id)
    closed = [name for name, _ in room.runs.started]
    assert closed == ([f"{batch_id}-closing-0"] if call == "stop" else [])
    assert room.cancel(batch_id).status == 202
    assert {name for name, _ in room.runs.started} == {f"{batch_id}-closing-0"}
    assert {name for name, _, _ in room.runs.stopped} == {batch_id}


def test_an_execution_that_could_not_be_stopped_is_stopped_though_the_batch_has_come_to_rest() -> None:
    room = Classroom()
    batch_id = room.accepted(a_body())
    room.cancel(batch_id)
    room.batches.end(batch_id, BatchState.CANCELLED, NOW, Counts(cancelled=1))
    room.runs = RecordingExecutions()
    room.cancel(batch_id)
    assert [name for name, _, _ in room.runs.stopped] == [batch_id]
    assert not room.runs.started


def test_a_batch_that_could_not_be_started_and_whose_id_nobody_knows_never_begins() -> None:
    room = Classroom()
    room.runs = FlakyExecutions()
    room.runs.fails = "start"
    with pytest.raises(ThrottlingException):
        room.create({"requests": [a_body()]})
    (batch,) = room.batches.batches.values()
    assert (batch.state, batch.due_at) == (BatchState.CANCELLED, None)
    assert room.begin(batch.id) == []


def test_a_batch_with_a_key_that_could_not_be_started_is_started_by_the_repeat() -> None:
    room = Classroom()
    room.runs = FlakyExecutions()
    room.runs.fails = "start"
    with pytest.raises(ThrottlingException):
        room.create({"requests": [a_body()]}, key="monday")
    batch_id = room.create({"requests": [a_body()]}, key="monday").body["id"]
    assert [name for name, _ in room.runs.started] == [batch_id]


@pytest.mark.parametrize("batch_id", ["", "b" * 2049, "é" * 513, "\ud800"], ids=["empty", "long", "bytes", "half"])
def test_what_cannot_be_an_id_is_not_looked_for(batch_id: str) -> None:
    room = Classroom()
    room.batches.get = lambda batch_id: pytest.fail(f"looked for {batch_id}")  # type: ignore[method-assign]
    for call in (room.show, room.cancel):
        with pytest.raises(UnknownRequest):
            call(batch_id)


def listed(desk: Desk, caller: str = OWNER, **query: str) -> Any:
    page = desk.list(caller, **query)
    return [stream["id"] for stream in page["streams"]], page.get("next")


def a_batch(batch_id: str, owner: str = OWNER) -> Batch:
    return Batch(batch_id, owner, "digest", created_at=NOW, start_at=NOW, total=5, slices=1)


def test_the_requests_of_a_batch_are_listed_a_page_at_a_time() -> None:
    ids = [f"b-{number}" for number in range(5)]
    desk = Desk(*(a_record(id=each, batch="b") for each in ids), a_record(id="alone"))
    desk.batches.add(a_batch("b"), [])
    first, following = listed(desk, batch="b", limit="3")
    rest, end = listed(desk, batch="b", limit="3", next=following)
    assert (first + rest, end) == (ids, None)
    assert listed(desk, batch="b", state="ready") == ([], None)
    assert desk.list(batch="b")["streams"][0]["batch"] == "b"


@pytest.mark.parametrize("batch_id", ["b", "other"])
def test_to_somebody_else_a_batch_is_as_if_there_were_none(batch_id: str) -> None:
    """Not even the cursor says that there are members, or what they are called."""
    desk = Desk(*(a_record(id=f"b-{number}", batch="b") for number in range(5)), administrators=ADMIN)
    desk.batches.add(a_batch("b"), [])
    with pytest.raises(UnknownRequest, match=f"There is no batch {batch_id} of yours"):
        desk.list(BOB, batch=batch_id, limit="3")
    assert len(desk.list(ADMIN, batch="b")["streams"]) == 5


@pytest.mark.parametrize("query", [{"batch": ""}, {"batch": "b" * 81}], ids=str)
def test_what_cannot_be_the_id_of_a_batch_is_named(query: dict[str, str]) -> None:
    with pytest.raises(InvalidRequest, match="batch: must be the id of a batch"):
        Desk().list(**query)


def test_a_cursor_of_another_list_is_refused() -> None:
    desk = Desk(*(a_record(id=str(number)) for number in range(3)))
    _, other = listed(desk, limit="2")
    with pytest.raises(InvalidRequest, match="next: must be"):
        desk.list(batch="b", next=other)


ARTISTS = "arn:aws:sts::123456789012:assumed-role/Artist/{}"
ADA, BOBBY = ARTISTS.format("ada"), ARTISTS.format("bob")


def a_notebook(user: str) -> dict[str, Any]:
    return {"provider": "jupyterhub", "user": user}


def not_allowed(room: Classroom, body: Any, caller: str = BOBBY) -> dict[str, str]:
    with pytest.raises(NotAllowed) as caught:
        room.create(body, caller=caller)
    assert (room.batches.batches, room.runs.started) == ({}, [])
    return {error.field: error.detail for error in caught.value.errors}


def test_a_list_that_asks_for_somebody_else_is_refused_by_its_items() -> None:
    requests = [a_notebook("bob"), a_notebook("ada"), a_notebook("bob"), a_notebook("eve")]
    fields = not_allowed(Classroom(rules=(NOTEBOOKS,)), {"requests": requests})
    assert list(fields) == ["requests[1].user", "requests[3].user"]
    assert all("own-notebooks" in detail for detail in fields.values())


def test_what_all_requests_of_a_list_have_is_asked_for_by_each() -> None:
    body = {"requests": [{}, {"user": "bob"}], "defaults": a_notebook("ada")}
    assert list(not_allowed(Classroom(rules=(NOTEBOOKS,)), body)) == ["requests[0].user"]


def test_a_list_that_is_wrong_is_told_so_before_what_is_not_allowed() -> None:
    with pytest.raises(InvalidRequest) as caught:
        Classroom(rules=(NOTEBOOKS,)).create({"requests": [a_notebook("ada"), {}]}, caller=BOBBY)
    assert not isinstance(caught.value, NotAllowed)
    assert {error.field.split(".")[0] for error in caught.value.errors} == {"requests[1]"}


def test_the_connection_of_somebody_else_is_refused_in_a_list() -> None:
    requests = [a_notebook("bob") | {"notify": [{"type": "websocket", "connectionId": "c="}]}] * 2
    assert list(not_allowed(Classroom(), {"requests": requests})) == [
        "requests[0].notify[0].connectionId",
        "requests[1].notify[0].connectionId",
    ]


@pytest.mark.parametrize(
    "key",
    [
        "classes/ada/monday.jsonl",
        "monday.jsonl",
        "classes/bob",
        "classes/bobby/monday.jsonl",
        "/classes/bob/monday.jsonl",
        "classes/bob/../ada/monday.jsonl",
        "classes/bob/./monday.jsonl",
    ],
)
def test_the_object_of_somebody_else_is_not_read(key: str) -> None:
    room = Classroom(buckets="classes", prefix="classes/{sessionName}/", sources=InMemorySources())
    fields = not_allowed(room, {"source": {"bucket": "classes", "key": key}})
    assert list(fields) == ["source.key"]
    assert "classes/bob/" in fields["source.key"]


def test_a_caller_who_lacks_a_part_of_the_prefix_has_no_objects() -> None:
    room = Classroom(buckets="classes", prefix="classes/{userName}/", sources=InMemorySources())
    fields = not_allowed(room, {"source": {"bucket": "classes", "key": "classes/bob/monday.jsonl"}})
    assert "{userName}" in fields["source.key"]


def test_an_object_under_the_caller_s_own_prefix_is_read() -> None:
    sources = InMemorySources(**{"classes/classes/bob/monday.jsonl": b'{"studioId": "s", "sessionId": "s"}'})
    room = Classroom(buckets="classes", prefix="classes/{sessionName}/", sources=sources)
    answer = room.create({"source": {"bucket": "classes", "key": "classes/bob/monday.jsonl"}}, caller=BOBBY)
    assert (answer.status, answer.body["total"]) == (202, 1)


def lines(*requests: Any) -> InMemorySources:
    return InMemorySources(**{"classes/monday.jsonl": b"\n".join(json.dumps(each).encode() for each in requests)})


def test_the_lines_of_a_file_are_asked_for_by_the_caller_of_the_batch_and_not_by_its_author() -> None:
    room = Classroom(buckets="classes", sources=lines(a_notebook("ada"), a_notebook("bob")), rules=(NOTEBOOKS,))
    body = {"source": {"bucket": "classes", "key": "monday.jsonl"}}
    batch_id = str(room.create(body, caller=BOBBY).body["id"])
    for number in room.begin(batch_id):
        room.submit(batch_id, number)
    (rejection,) = room.batches.rejections(room.batches.batches[batch_id])
    assert (rejection.line, [error.field for error in rejection.errors]) == (1, ["user"])
    assert [body["user"] for _, body in room.executions.started] == ["bob"]


def test_a_batch_is_asked_for_by_whoever_asked_for_it_first() -> None:
    room = Classroom(rules=(NOTEBOOKS,))
    room.create({"requests": [a_notebook("bob")]}, caller=BOBBY)
    (batch,) = room.batches.batches.values()
    assert batch.asked_by == Caller(BOBBY)
    assert replace(batch, caller=None).asked_by == Caller(batch.owner)


def test_rules_that_are_made_after_a_batch_count_for_its_lines() -> None:
    room = Classroom()
    batch_id = room.accepted(a_notebook("ada"))
    room.admission = an_admission(NOTEBOOKS)
    for number in room.begin(batch_id):
        assert room.submit(batch_id, number).rejected == 1
