"""Hosts that hang: what the port promises, kept by the table in DynamoDB and by the fake of other tests."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from greenroom.adapters.hangs_table import DynamoDbHangs
from greenroom.adapters.paces_table import DynamoDbPaces
from greenroom.delivery.patience import FORGOTTEN_AFTER, Hang, Hangs
from greenroom.domain.errors import PaceUnavailable
from tests.support.fakes import NOW
from tests.support.hangs import InMemoryHangs
from tests.support.tables import a_table

HOST = "hooks.example:443"
FIRST, SECOND = Hang(NOW + timedelta(seconds=5), 1), Hang(NOW + timedelta(seconds=35), 2)


@pytest.fixture(params=["in memory", "DynamoDB"])
def hangs(request: pytest.FixtureRequest) -> Hangs:
    if request.param == "in memory":
        return InMemoryHangs()
    client: Any = request.getfixturevalue("dynamodb_client")
    return DynamoDbHangs(client, a_table(client))


def test_a_host_that_never_hung_is_not_there(hangs: Hangs) -> None:
    assert hangs.read(HOST) is None
    assert not hangs.replace(HOST, FIRST, SECOND)
    assert hangs.read(HOST) is None


def test_what_was_kept_last_is_known_of_that_host_alone(hangs: Hangs) -> None:
    for hang in (FIRST, SECOND):
        hangs.keep(HOST, hang)
        assert hangs.read(HOST) == hang
    assert hangs.read("hooks.example:8443") is None


def test_of_several_that_replace_what_they_saw_one_does(hangs: Hangs) -> None:
    hangs.keep(HOST, FIRST)
    assert hangs.replace(HOST, FIRST, SECOND)
    assert not hangs.replace(HOST, FIRST, Hang(NOW, 9))
    assert hangs.read(HOST) == SECOND


def test_a_host_that_is_forgotten_is_not_there_and_may_be_forgotten_twice(hangs: Hangs) -> None:
    hangs.keep(HOST, FIRST)
    hangs.forget(HOST)
    hangs.forget(HOST)
    assert hangs.read(HOST) is None


def test_an_item_ends_by_itself_after_its_host_is_forgotten_and_is_no_pace(dynamodb_client: Any) -> None:
    table = a_table(dynamodb_client)
    DynamoDbHangs(dynamodb_client, table).keep(HOST, FIRST)
    item = dynamodb_client.get_item(TableName=table, Key={"id": {"S": f"host:{HOST}"}})["Item"]
    assert int(item["ttl"]["N"]) > (FIRST.until + FORGOTTEN_AFTER).timestamp()
    assert DynamoDbPaces(dynamodb_client, table).read(HOST, consistent=True) == {}


def test_a_table_that_is_not_there_is_an_error_that_the_port_promises(dynamodb_client: Any) -> None:
    hangs = DynamoDbHangs(dynamodb_client, "nowhere")
    for call in (
        lambda: hangs.read(HOST),
        lambda: hangs.keep(HOST, FIRST),
        lambda: hangs.replace(HOST, FIRST, SECOND),
        lambda: hangs.forget(HOST),
    ):
        with pytest.raises(PaceUnavailable):
            call()
