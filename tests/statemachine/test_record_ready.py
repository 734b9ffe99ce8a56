"""The one task that is no function: what Step Functions writes is what the functions read, in the emulator."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from greenroom.adapters.records_table import DynamoDbRecords
from greenroom.domain.values import Failure, Renewal, RequestState
from greenroom.record import attribute_values
from greenroom.record.model import Open, Record
from tests.statemachine.answers import EXPIRES_AT, PENDING, REQUEST_ID, START, STREAM_ID, Answer, accepts
from tests.statemachine.emulator import make_table
from tests.statemachine.executions import play
from tests.support.examples import a_record

TABLE, KEY = "records", {"id": {"S": REQUEST_ID}}
RENEWAL = [accepts(renewal=True)]


class Table:
    """The table of records, with one request on it, and Step Functions, which updates it."""

    def __init__(self, dynamodb: Any) -> None:
        self._dynamodb = dynamodb
        self.records = DynamoDbRecords(dynamodb, TABLE, timedelta(days=92))

    @property
    def record(self) -> Record:
        record = self.records.get(REQUEST_ID)
        assert record
        return record

    @property
    def open(self) -> Any:
        item = self._dynamodb.get_item(TableName=TABLE, Key=KEY, ConsistentRead=True)["Item"]
        return attribute_values.from_item(item).get("open")

    def record_ready(self, **answers: Sequence[Answer]) -> None:
        (arguments,) = play(**answers).inputs["RecordReady"]
        assert arguments["TableName"] == "${Records}"
        self._dynamodb.update_item(**{**arguments, "TableName": TABLE})

    def forget(self) -> None:
        self._dynamodb.delete_item(TableName=TABLE, Key=KEY)


@pytest.fixture
def table(aws: str) -> Iterator[Table]:
    dynamodb = make_table(aws, TABLE)
    table = Table(dynamodb)
    table.records.add(replace(a_record(id=REQUEST_ID), created_at=START))
    yield table
    dynamodb.delete_table(TableName=TABLE)


def test_a_pending_request_becomes_ready_and_is_left_to_be_announced(table: Table) -> None:
    before = table.record
    table.record_ready()
    assert table.record == replace(
        before,
        state=RequestState.READY,
        stream_id=STREAM_ID,
        expires_at=EXPIRES_AT,
        settled_at=START,
        due_at=START,
        open=Open.UNANNOUNCED,
    )
    assert table.open == Open.UNANNOUNCED


@pytest.mark.parametrize("outcome", [RequestState.CANCELLED, RequestState.TIMED_OUT, RequestState.FAILED])
def test_a_request_that_has_ended_keeps_its_outcome(table: Table, outcome: RequestState) -> None:
    table.records.settle(REQUEST_ID, outcome, START, Failure("Ended", "before"))
    before = table.record
    with pytest.raises(ClientError) as caught:
        table.record_ready()
    # Step Functions puts the service's name before it, and that is what the file catches.
    assert caught.value.response["Error"]["Code"] == "ConditionalCheckFailedException"
    assert table.record == before


def test_a_renewal_gets_a_fresh_stream_and_the_moment_of_the_outcome_stays(table: Table) -> None:
    table.record_ready()
    table.records.mark_announced(table.record, [])
    table.records.begin_renewal(REQUEST_ID, START)
    before = table.record
    table.record_ready(AcceptRequest=RENEWAL, PrepareSession=[PENDING])
    (pause,) = play(AcceptRequest=RENEWAL, PrepareSession=[PENDING]).pauses["WaitForStream"]
    assert table.record == replace(
        before, renewal=Renewal.DONE, due_at=START + timedelta(seconds=pause), open=Open.UNANNOUNCED
    )
    assert table.open == Open.UNANNOUNCED


def test_a_renewal_that_has_failed_already_stays_failed(table: Table) -> None:
    table.record_ready()
    table.records.begin_renewal(REQUEST_ID, START)
    table.records.end_renewal(REQUEST_ID, START)
    before = table.record
    with pytest.raises(ClientError):
        table.record_ready(AcceptRequest=RENEWAL)
    assert table.record == before


def test_a_record_that_is_gone_does_not_come_back(table: Table) -> None:
    table.forget()
    with pytest.raises(ClientError):
        table.record_ready()
    assert table.records.get(REQUEST_ID) is None
