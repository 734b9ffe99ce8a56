"""From where requests come: who has opened a connection, and what came as an event."""

from __future__ import annotations

from typing import Any

import pytest

from greenroom.adapters.paces_table import DynamoDbOrigins
from greenroom.domain.errors import RecordRefused
from tests.support.tables import a_table, reads

NOW = 1_800_000_000.0


def test_a_connection_has_the_owner_that_was_kept(dynamodb_client: Any) -> None:
    origins = DynamoDbOrigins(dynamodb_client, a_table(dynamodb_client))
    assert origins.owner_of("c=") is None
    origins.keep_owner("c=", "ada")
    assert (origins.owner_of("c="), origins.owner_of("c")) == ("ada", None)


def test_what_came_as_an_event_came_as_that_request_and_as_no_other(dynamodb_client: Any) -> None:
    origins = DynamoDbOrigins(dynamodb_client, a_table(dynamodb_client))
    assert not origins.came_as_event("r", "digest")
    for _ in range(2):
        origins.note_event("r", "digest")
    assert origins.came_as_event("r", "digest")
    assert not origins.came_as_event("r", "another")
    assert not origins.came_as_event("other", "digest")


def test_a_connection_named_like_an_event_is_none(dynamodb_client: Any) -> None:
    origins = DynamoDbOrigins(dynamodb_client, a_table(dynamodb_client))
    origins.keep_owner("r", "ada")
    origins.note_event("c=", "digest")
    assert not origins.came_as_event("r", "ada")
    assert origins.owner_of("c=") is None


def test_dynamodb_may_delete_each_when_nobody_can_ask_any_more(dynamodb_client: Any) -> None:
    table = a_table(dynamodb_client)
    origins = DynamoDbOrigins(dynamodb_client, table, lambda: NOW)
    origins.keep_owner("c=", "ada")
    origins.note_event("r", "digest")
    items = dynamodb_client.scan(TableName=table)["Items"]
    ends = {item["id"]["S"]: (int(item["ttl"]["N"]) - NOW) / 3600 for item in items}
    assert ends == {"connection/c=": 2.5, "event/r": 7 * 24}


def test_a_table_that_is_not_there_is_an_error_by_the_port_s_name(dynamodb_client: Any) -> None:
    origins = DynamoDbOrigins(dynamodb_client, "no-such-table")
    for call in (
        lambda: origins.keep_owner("c=", "ada"),
        lambda: origins.owner_of("c="),
        lambda: origins.note_event("r", "digest"),
        lambda: origins.came_as_event("r", "digest"),
    ):
        with pytest.raises(RecordRefused):
            call()


def test_an_owner_is_read_as_it_was_just_kept_since_a_client_asks_at_once(dynamodb_client: Any) -> None:
    asked = reads(dynamodb_client)
    DynamoDbOrigins(dynamodb_client, a_table(dynamodb_client)).owner_of("c=")
    assert asked == [True]
