"""Under which client token that was started last which several requests share."""

from __future__ import annotations

from typing import Any

import pytest

from greenroom.adapters.paces_table import DynamoDbHolders
from greenroom.domain.errors import PaceUnavailable
from tests.support.tables import a_table

NOW = 1_800_000_000.0
LONG = "\N{CJK UNIFIED IDEOGRAPH-4E00}" * 1000


@pytest.mark.parametrize("shared", ["studio/session", LONG], ids=["short", "long"])
def test_the_last_one_that_starts_something_is_its_holder(shared: str, dynamodb_client: Any) -> None:
    holders = DynamoDbHolders(dynamodb_client, a_table(dynamodb_client))
    assert holders.holder("nimble", shared) is None
    for token in ("first", "second"):
        holders.take("nimble", shared, token)
    assert holders.holder("nimble", shared) == "second"
    assert holders.holder("other", shared) is holders.holder("nimble", "other") is None


def test_dynamodb_may_delete_it_after_a_week(dynamodb_client: Any) -> None:
    table = a_table(dynamodb_client)
    DynamoDbHolders(dynamodb_client, table, lambda: NOW).take("nimble", "studio/session", "token")
    (item,) = dynamodb_client.scan(TableName=table)["Items"]
    assert int(item["ttl"]["N"]) == NOW + 7 * 86_400


def test_a_table_that_does_not_answer_is_an_error_by_the_port_s_name(dynamodb_client: Any) -> None:
    holders = DynamoDbHolders(dynamodb_client, "no-such-table")
    with pytest.raises(PaceUnavailable):
        holders.take("nimble", "studio/session", "token")
    with pytest.raises(PaceUnavailable):
        holders.holder("nimble", "studio/session")


def test_the_holder_is_read_as_it_was_last_written_since_a_release_follows_it(dynamodb_client: Any) -> None:
    calls: list[dict[str, Any]] = []
    dynamodb_client.meta.events.register(
        "provide-client-params.dynamodb.GetItem", lambda params, **_: calls.append(params)
    )
    DynamoDbHolders(dynamodb_client, a_table(dynamodb_client)).holder("nimble", "studio/session")
    assert [params["ConsistentRead"] for params in calls] == [True]
