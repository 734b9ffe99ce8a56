"""Writes that are made only while a condition holds, and are made once."""

from __future__ import annotations

from typing import Any

from greenroom.adapters.tables import put_new, updated
from greenroom.record.attribute_values import from_item
from tests.support.tables import a_table, lose_an_answer


def take(client: Any, table: str, token: str) -> bool:
    return updated(client, table, "r", {"state": "taken"}, condition={"state": False}, once=("takenBy", token))


def test_one_update_sets_removes_adds_and_takes_out_of_a_set(dynamodb_client: Any) -> None:
    client, table = dynamodb_client, a_table(dynamodb_client)
    new = {"state": "new", "old": "gone soon"}
    assert updated(client, table, "r", new, condition={"state": False}, add={"count": 2, "texts": {"a", "b"}})
    changes = {"state": "changed"}
    assert updated(
        client,
        table,
        "r",
        changes,
        condition={"state": "new"},
        remove=["old"],
        add={"count": 3},
        take={"texts": {"a"}},
    )
    item = client.get_item(TableName=table, Key={"id": {"S": "r"}})["Item"]
    assert from_item(item) == {"id": "r", "state": "changed", "count": 5, "texts": {"b"}}


def test_a_new_item_is_put_once(dynamodb_client: Any) -> None:
    table = a_table(dynamodb_client)
    assert [put_new(dynamodb_client, table, {"id": "r"}) for _ in range(2)] == [True, False]


def test_of_several_callers_one_makes_a_change_that_is_made_once(dynamodb_client: Any) -> None:
    table = a_table(dynamodb_client)
    assert [take(dynamodb_client, table, "first"), take(dynamodb_client, table, "second")] == [True, False]


def test_a_caller_whose_answer_was_lost_has_made_the_change(dynamodb_client: Any) -> None:
    table = a_table(dynamodb_client)
    lose_an_answer(dynamodb_client, "UpdateItem")
    assert [take(dynamodb_client, table, "first"), take(dynamodb_client, table, "second")] == [True, False]
