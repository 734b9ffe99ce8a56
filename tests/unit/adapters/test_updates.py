"""Writes that are made only while a condition holds, and are made once."""

from __future__ import annotations

from typing import Any

from greenroom.adapters.updates import updated
from tests.support.tables import a_table, lose_an_answer


def take(client: Any, table: str, token: str) -> bool:
    return updated(client, table, "r", {"state": "taken"}, condition={"state": False}, once=("takenBy", token))


def test_of_several_callers_one_makes_a_change_that_is_made_once(dynamodb_client: Any) -> None:
    table = a_table(dynamodb_client)
    assert [take(dynamodb_client, table, "first"), take(dynamodb_client, table, "second")] == [True, False]


def test_a_caller_whose_answer_was_lost_has_made_the_change(dynamodb_client: Any) -> None:
    table = a_table(dynamodb_client)
    lose_an_answer(dynamodb_client, "UpdateItem")
    assert [take(dynamodb_client, table, "first"), take(dynamodb_client, table, "second")] == [True, False]
