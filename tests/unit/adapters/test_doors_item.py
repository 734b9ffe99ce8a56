"""The doors, as functions find them in the table of paces."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from greenroom.adapters.paces_table import READ_EVERY, DynamoDbDoors
from greenroom.domain.doors import DOORS_ITEM, ensure_open
from greenroom.domain.errors import DoorsClosed
from tests.support.fakes import FakeClock
from tests.support.tables import a_table


@pytest.fixture
def table(dynamodb_client: Any) -> str:
    return a_table(dynamodb_client)


def close(client: Any, table: str) -> None:
    client.put_item(TableName=table, Item={"id": {"S": DOORS_ITEM}})


def test_the_doors_are_open_until_somebody_closes_them(dynamodb_client: Any, table: str, clock: FakeClock) -> None:
    assert DynamoDbDoors(dynamodb_client, table, clock).are_open()
    close(dynamodb_client, table)
    assert not DynamoDbDoors(dynamodb_client, table, clock).are_open()


def test_a_function_that_runs_already_knows_it_seconds_later_both_ways(
    dynamodb_client: Any, table: str, clock: FakeClock
) -> None:
    doors = DynamoDbDoors(dynamodb_client, table, clock)
    assert doors.are_open()
    close(dynamodb_client, table)
    assert doors.are_open()
    clock.now += READ_EVERY
    assert not doors.are_open()
    dynamodb_client.delete_item(TableName=table, Key={"id": {"S": DOORS_ITEM}})
    clock.now += READ_EVERY
    assert doors.are_open()


def test_doors_that_cannot_be_read_are_open_and_are_not_asked_for_at_each_call(
    dynamodb_client: Any, clock: FakeClock
) -> None:
    calls: list[object] = []
    dynamodb_client.meta.events.register("before-call.dynamodb.GetItem", lambda **_: calls.append(1))
    doors = DynamoDbDoors(dynamodb_client, "no-such-table", clock)
    assert doors.are_open()
    assert doors.are_open()
    assert len(calls) == 1


def test_doors_that_were_closed_stay_closed_while_they_cannot_be_read(
    dynamodb_client: Any, table: str, clock: FakeClock
) -> None:
    close(dynamodb_client, table)
    doors = DynamoDbDoors(dynamodb_client, table, clock)
    assert not doors.are_open()
    dynamodb_client.delete_table(TableName=table)
    clock.now += timedelta(hours=1)
    assert not doors.are_open()


def test_what_was_accepted_before_comes_in_through_closed_doors(
    dynamodb_client: Any, table: str, clock: FakeClock
) -> None:
    close(dynamodb_client, table)
    doors = DynamoDbDoors(dynamodb_client, table, clock)
    ensure_open(doors, lambda: True)
    with pytest.raises(DoorsClosed, match="being drained"):
        ensure_open(doors)


def test_doors_that_were_closed_a_moment_ago_are_read_as_closed(
    dynamodb_client: Any, table: str, clock: FakeClock
) -> None:
    """`greenroom drain` waits for READ_EVERY, and not for DynamoDB's copies."""
    calls: list[dict[str, Any]] = []
    dynamodb_client.meta.events.register(
        "provide-client-params.dynamodb.GetItem", lambda params, **_: calls.append(params)
    )
    DynamoDbDoors(dynamodb_client, table, clock).are_open()
    assert [params["ConsistentRead"] for params in calls] == [True]
