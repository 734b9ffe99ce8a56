"""What partitions take: so much a second, of a table and of its indexes, and no more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from simulation.dynamodb import DynamoDb, DynamoDbError, Index, Table
from simulation.dynamodb.limits import Throughput

TABLE = Table("t", ("id",), (Index("owner", ("owner", "at"), None), Index("due", ("open", "at"))))


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def database(clock: Clock, **limits: float) -> DynamoDb:
    return DynamoDb([TABLE], clock, Throughput(clock, **limits))


def how_many(call: Callable[[int], Any], clock: Clock, seconds: int) -> tuple[int, set[str]]:
    """Call 4,000 times a second, at even moments. Returns how many were taken, and why others were not."""
    taken, reasons = 0, set[str]()
    for number in range(4000 * seconds):
        clock.now += 1 / 4000
        try:
            call(number)
        except DynamoDbError as error:
            reasons |= {each["reason"] for each in error.members["throttlingReasons"]}
        else:
            taken += 1
    return taken, reasons


def put(target: DynamoDb, name: str, **attributes: str) -> None:
    item = {"id": name, **attributes}
    target.perform("PutItem", {"TableName": "t", "Item": {key: {"S": value} for key, value in item.items()}})


def test_one_item_takes_a_thousand_units_a_second_and_one_second_more_at_first() -> None:
    clock = Clock()
    target = database(clock)
    taken, reasons = how_many(lambda _: put(target, "one"), clock, 3)
    assert taken == pytest.approx(4000, abs=2)
    assert reasons == {"TableWriteKeyRangeThroughputExceeded"}


def test_a_large_item_takes_more_units() -> None:
    clock = Clock()
    target = database(clock)
    taken, _ = how_many(lambda _: put(target, "one", more="x" * 3000), clock, 2)
    assert taken == pytest.approx(3000 / 3, abs=2)


def test_an_index_that_cannot_take_its_part_holds_up_the_table() -> None:
    clock = Clock()
    target = database(clock, writes=100_000)
    taken, reasons = how_many(lambda number: put(target, f"{number}", owner="one", at="1"), clock, 2)
    assert taken == pytest.approx(3000, abs=2)
    assert reasons == {"IndexWriteKeyRangeThroughputExceeded"}
    assert len(target.items("t")) == taken
    spread, reasons = how_many(lambda number: put(target, f"b{number}", owner=f"{number % 4}", at="1"), clock, 2)
    assert (spread, reasons) == (8000, set())


def test_an_entry_that_moves_costs_in_both_partitions_and_one_that_stays_costs_nothing() -> None:
    clock = Clock()
    target = database(clock, writes=100_000)
    for number in range(4000):
        clock.now += 0.01
        put(target, f"{number}", open="pending", at="1")

    def update(number: int, text: str) -> None:
        request = {"TableName": "t", "Key": {"id": {"S": f"{number}"}}, "UpdateExpression": text}
        names: Mapping[str, Any] = {"ExpressionAttributeNames": {"#open": "open"}} if "#open" in text else {}
        target.perform("UpdateItem", {**request, **names, "ExpressionAttributeValues": {":to": {"S": "done"}}})

    noted, _ = how_many(lambda number: update(number, "SET note = :to"), clock, 1)
    assert noted == 4000
    clock.now += 10
    moved, reasons = how_many(lambda number: update(number, "SET #open = :to"), clock, 1)
    assert moved == pytest.approx(2000, abs=2)
    assert reasons == {"IndexWriteKeyRangeThroughputExceeded"}


def test_a_new_table_takes_four_thousand_units_a_second_in_all() -> None:
    clock = Clock()
    target = database(clock, writes=1000)
    taken, reasons = how_many(lambda number: put(target, f"{number}"), clock, 2)
    assert taken == pytest.approx(3000, abs=2)
    assert reasons == {"TableWriteAccountLimitExceeded"}


def test_a_write_whose_condition_does_not_hold_costs_as_much() -> None:
    clock = Clock()
    target = database(clock)
    put(target, "one")
    item = {"TableName": "t", "Item": {"id": {"S": "one"}}, "ConditionExpression": "attribute_not_exists(id)"}

    def call(_number: int) -> None:
        with pytest.raises(DynamoDbError, match="ConditionalCheckFailed"):
            target.perform("PutItem", item)

    for number in range(999):
        call(number)
    with pytest.raises(DynamoDbError, match="TableWriteKeyRangeThroughputExceeded"):
        target.perform("PutItem", item)


def test_a_transaction_costs_double_and_says_what_it_was_cancelled_for() -> None:
    clock = Clock()
    target = database(clock)
    request = {"TransactItems": [{"Put": {"TableName": "t", "Item": {"id": {"S": "one"}}}}]}
    for _ in range(500):
        target.perform("TransactWriteItems", request)
    with pytest.raises(DynamoDbError, match="TransactionCanceledException") as cancelled:
        target.perform("TransactWriteItems", request)
    assert [reason["Code"] for reason in cancelled.value.members["CancellationReasons"]] == ["ThrottlingError"]


@pytest.mark.parametrize(("consistent", "most"), [(True, 1200), (False, 2400)])
def test_reads_are_counted_by_their_size_and_half_where_they_may_be_old(consistent: bool, most: int) -> None:  # noqa: FBT001
    clock = Clock()
    target = database(clock, reads=1_000_000)
    put(target, "one", more="x" * 20_000)  # five units
    get = {"TableName": "t", "Key": {"id": {"S": "one"}}, "ConsistentRead": consistent}
    taken, reasons = how_many(lambda _: target.perform("GetItem", get), clock, 1)
    assert taken == pytest.approx(most, abs=3)
    assert reasons == {"TableReadKeyRangeThroughputExceeded"}


def test_a_query_costs_by_all_that_it_reads_in_its_index() -> None:
    clock = Clock()
    target = database(clock)
    for number in range(40):
        put(target, f"{number}", owner="me", at=f"{number}", more="x" * 4000)
    query: dict[str, Any] = {"TableName": "t", "IndexName": "owner", "KeyConditionExpression": "#owner = :owner"}
    query |= {"ExpressionAttributeNames": {"#owner": "owner"}, "ExpressionAttributeValues": {":owner": {"S": "me"}}}
    taken, reasons = how_many(lambda _: target.perform("Query", query), clock, 1)
    assert taken == pytest.approx(6000 / 20, abs=3)  # 161 KB are 40 units, half because an index may lag
    assert reasons == {"IndexReadKeyRangeThroughputExceeded"}


def test_what_a_batch_has_no_room_for_is_left() -> None:
    clock = Clock()
    target = database(clock, writes=10)
    writes = [{"PutRequest": {"Item": {"id": {"S": f"{number}"}}}} for number in range(25)]
    left = target.perform("BatchWriteItem", {"RequestItems": {"t": writes}})["UnprocessedItems"]["t"]
    assert left == writes[10:]
    assert len(target.items("t")) == 10
