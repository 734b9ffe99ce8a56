"""The table of batches keeps the port's promises in DynamoDB: what is decided once, stays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from greenroom.adapters.batches_table import DynamoDbBatches, DynamoDbMembers
from greenroom.delivery.batch_summary import BatchSummaries
from greenroom.domain.caller import Caller
from greenroom.domain.errors import FieldError, RecordRefused
from greenroom.domain.values import Failure
from greenroom.flow.batch_payloads import BatchTask, Ending
from greenroom.flow.batches import BatchTasks
from greenroom.record.batch import Batch, BatchState, Counts, Rejection
from greenroom.request.batch_lines import as_lines, slices
from greenroom.request.batch_request import MAX_REQUESTS
from tests.support.examples import OWNER, a_body, an_acceptance
from tests.support.fakes import NOW, FakeClock, InMemoryRecords
from tests.support.recorders import RecordingChannel, RecordingExecutions
from tests.support.tables import a_table_of_batches, a_table_of_records, lose_an_answer, reads

REASON = Failure("BatchCancelled", "The batch was cancelled by its owner")
LATER = NOW + timedelta(hours=1)
PARTS = list(slices(as_lines([a_body(sessionId=str(number)) for number in range(120)])))


def a_batch(batch_id: str = "b", **more: Any) -> Batch:
    given = {"start_at": LATER, "total": 120, "slices": 3, "metadata": {"class": 1.5}, **more}
    return Batch(id=batch_id, owner=OWNER, digest="0123456789", created_at=NOW, **given)


class Table:
    def __init__(self, client: Any) -> None:
        self.client, self.name = client, a_table_of_batches(client)
        self.batches = DynamoDbBatches(client, self.name, timedelta(days=92))
        self.batches.add(a_batch(), PARTS)

    @property
    def batch(self) -> Batch:
        found = self.batches.get("b")
        assert found
        return found


@pytest.fixture
def table(dynamodb_client: Any) -> Table:
    return Table(dynamodb_client)


def test_a_batch_is_read_as_it_was_kept_with_its_requests(table: Table) -> None:
    assert table.batch == a_batch(due_at=LATER)
    assert [table.batches.slice(table.batch, number) for number in range(3)] == PARTS


def test_a_batch_and_its_requests_are_read_as_last_written(table: Table) -> None:
    batch, asked = table.batch, reads(table.client)
    table.batches.get("b")
    table.batches.slice(batch, 0)
    assert asked == [True, True]


@pytest.mark.parametrize("caller", [None, Caller(OWNER), Caller(OWNER, "us-west-2:1")], ids=str)
def test_who_asked_for_a_batch_is_kept_with_it(caller: Caller | None, table: Table) -> None:
    """A release before did not keep it: its batches are asked for by their owner."""
    table.batches.add(a_batch("asked", caller=caller), PARTS)
    found = table.batches.get("asked")
    assert found
    assert (found.caller, found.asked_by) == (caller, caller or Caller(OWNER))


def test_the_first_batch_of_an_id_stays(table: Table) -> None:
    kept = table.batches.add(a_batch(total=1, slices=1), PARTS[:1])
    assert kept == a_batch(due_at=LATER)


def test_the_requests_of_a_batch_that_lost_its_id_to_another_are_not_mixed_with_those_of_the_winner(
    table: Table,
) -> None:
    table.batches.add(replace(a_batch(), digest="9876543210"), PARTS[1:])
    assert table.batches.slice(table.batch, 0) == PARTS[0]


def test_all_of_it_goes_when_it_was_kept_long_enough(table: Table) -> None:
    items = table.client.scan(TableName=table.name)["Items"]
    assert {item["ttl"]["N"] for item in items} == {str(int((LATER + timedelta(days=92)).timestamp()))}
    assert len(items) == 4


def test_requests_are_kept_compressed(table: Table) -> None:
    items = table.client.scan(TableName=table.name)["Items"]
    kept = [len(item["lines"]["B"]) for item in items if "lines" in item]
    assert sum(kept) < sum(len(part.text) for part in PARTS) / 5


def test_ten_thousand_requests_are_kept_and_read_again(table: Table) -> None:
    parts = list(slices(as_lines([a_body(seat=number) for number in range(MAX_REQUESTS)])))
    batch = table.batches.add(a_batch("many", total=MAX_REQUESTS, slices=len(parts)), parts)
    assert [table.batches.slice(batch, number) for number in range(len(parts))] == parts
    for number in range(0, len(parts), 2):
        rejection = Rejection(parts[number].first, [FieldError("seat", "is not a field of this request")])
        table.batches.keep_rejections(batch, number, [rejection])
    assert [each.line for each in table.batches.rejections(batch)] == list(range(1, MAX_REQUESTS, 100))


def test_rejections_are_kept_once_however_often_a_slice_is_submitted(table: Table) -> None:
    rejections = [Rejection(51, [FieldError("studioId", "is required"), FieldError("x", "is not a field")])]
    for _ in range(2):
        table.batches.keep_rejections(table.batch, 1, rejections)
    assert table.batches.rejections(table.batch) == rejections
    assert table.batches.slice(table.batch, 1) == PARTS[1]


def test_a_slice_is_no_batch_and_what_is_not_there_is_none(table: Table) -> None:
    assert table.batches.get("b/01234567/0000") is None
    assert table.batches.get("other") is None
    with pytest.raises(LookupError, match="There is no slice 3 of batch b any more"):
        table.batches.slice(table.batch, 3)


def test_a_batch_begins_and_finishes_once(table: Table) -> None:
    table.batches.begin("b", NOW, LATER)
    assert table.batch.state is BatchState.RUNNING
    table.batches.end("b", BatchState.FINISHED, LATER, Counts(ready=120))
    table.batches.end("b", BatchState.FINISHED, NOW, Counts())
    table.batches.cancel("b", NOW, LATER, REASON)
    table.batches.begin("b", LATER, LATER)
    batch = table.batch
    assert (batch.state, batch.ended_at, batch.counts) == (BatchState.FINISHED, LATER, Counts(ready=120))
    assert (batch.begun_at, batch.cancelled_at) == (NOW, None)


def test_a_batch_is_cancelled_once_and_ends_once_it_is_at_rest(table: Table) -> None:
    table.batches.cancel("b", NOW, LATER, REASON)
    table.batches.cancel("b", LATER, LATER, REASON)
    table.batches.begin("b", NOW, LATER)
    table.batches.end("b", BatchState.FINISHED, LATER, Counts())
    assert (table.batch.state, table.batch.cancelled_at, table.batch.ended_at) == (BatchState.CANCELLED, NOW, None)
    assert table.batch.begun_at is None
    table.batches.end("b", BatchState.CANCELLED, LATER, Counts(cancelled=120))
    table.batches.end("b", BatchState.CANCELLED, LATER, Counts())
    assert (table.batch.failure, table.batch.counts) == (REASON, Counts(cancelled=120))


def test_a_batch_is_due_until_its_summary_is_told(table: Table) -> None:
    assert list(table.batches.overdue(LATER)) == []
    assert list(table.batches.overdue(LATER + timedelta(seconds=1))) == ["b"]
    table.batches.note_successor("b", 3, NOW)
    assert list(table.batches.overdue(LATER)) == ["b"]
    assert table.batch.successors == 3
    table.batches.mark_told("b", ["sns"])
    table.batches.mark_told("b", ["bus"])
    table.batches.close("b")
    assert list(table.batches.overdue(LATER + timedelta(days=9))) == []
    assert (table.batch.told, table.batch.due_at) == (frozenset({"bus", "sns"}), None)


def tasks_of(table: Table) -> BatchTasks:
    members = DynamoDbMembers(table.client, a_table_of_records(table.client))
    return BatchTasks(table.batches, members, InMemoryRecords(), RecordingExecutions(), an_acceptance(), FakeClock())


def test_a_batch_whose_begin_was_done_and_its_answer_lost_is_submitted(table: Table) -> None:
    lose_an_answer(table.client, "UpdateItem")
    assert tasks_of(table).begin_batch(BatchTask("b")).slices == [0, 1, 2]


def test_who_cancels_or_ends_a_batch_goes_on_when_the_answer_is_lost(table: Table) -> None:
    lose_an_answer(table.client, "UpdateItem")
    assert tasks_of(table).cancel("b", REASON).outcome is BatchState.CANCELLED
    lose_an_answer(table.client, "UpdateItem")
    channel = RecordingChannel()
    ending = Ending("b", closing=True, counts=Counts(cancelled=120))
    BatchSummaries(table.batches, {"sns": channel}, FakeClock()).end_batch(ending)
    assert [message.type for message, _ in channel.taken] == ["batch.cancelled"]


WRITES: dict[str, Callable[[DynamoDbBatches], object]] = {
    "begin": lambda batches: batches.begin("gone", NOW, LATER),
    "cancel": lambda batches: batches.cancel("gone", NOW, LATER, REASON),
    "end": lambda batches: batches.end("gone", BatchState.FINISHED, NOW, Counts()),
    "told": lambda batches: batches.mark_told("gone", ["sns"]),
    "close": lambda batches: batches.close("gone"),
    "successor": lambda batches: batches.note_successor("gone", 1, LATER),
    "rejections": lambda batches: batches.keep_rejections(a_batch("gone"), 0, []),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_of_a_batch_that_is_gone_nothing_is_written(write: Callable[[DynamoDbBatches], object], table: Table) -> None:
    write(table.batches)
    assert len(table.client.scan(TableName=table.name)["Items"]) == 4


CALLS: dict[str, Callable[[DynamoDbBatches], object]] = {
    **WRITES,
    "add": lambda batches: batches.add(a_batch(), PARTS),
    "get": lambda batches: batches.get("b"),
    "slice": lambda batches: batches.slice(a_batch(), 0),
    "read rejections": lambda batches: batches.rejections(a_batch()),
    "overdue": lambda batches: list(batches.overdue(NOW)),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_table_that_does_not_do_as_it_is_asked_is_an_error_by_the_port_s_name(
    call: Callable[[DynamoDbBatches], object], dynamodb_client: Any
) -> None:
    with pytest.raises(RecordRefused):
        call(DynamoDbBatches(dynamodb_client, "no-such-table", timedelta(days=7)))
