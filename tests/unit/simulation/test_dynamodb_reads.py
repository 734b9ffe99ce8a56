"""Queries, scans and batches of DynamoDB in the process: the same as moto's, and what moto does not have."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from simulation.dynamodb import DynamoDb, DynamoDbError, Index, Table

INDEXES = (("all", ("owner", "at"), "ALL"), ("keys", ("open", "at"), "KEYS_ONLY"), ("some", ("owner", "n"), "INCLUDE"))
PROPERTIES: Mapping[str, Any] = {
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [
        *({"AttributeName": name, "AttributeType": "S"} for name in ("id", "owner", "open", "at")),
        {"AttributeName": "n", "AttributeType": "N"},
    ],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": name,
            "KeySchema": [
                {"AttributeName": attribute, "KeyType": kind}
                for attribute, kind in zip(key, ("HASH", "RANGE"), strict=True)
            ],
            "Projection": {
                "ProjectionType": projection,
                **({"NonKeyAttributes": ["state"]} if projection == "INCLUDE" else {}),
            },
        }
        for name, key, projection in INDEXES
    ],
}
SORTED: Mapping[str, Any] = {
    "KeySchema": [{"AttributeName": "p", "KeyType": "HASH"}, {"AttributeName": "s", "KeyType": "RANGE"}],
    "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in "ps"],
}
TABLE = Table.of("t", PROPERTIES)


@pytest.fixture(scope="module")
def moto() -> Iterator[Any]:
    with mock_aws():
        client: Any = boto3.client("dynamodb", "us-west-2", aws_access_key_id="a", aws_secret_access_key="b")  # noqa: S106
        for name, properties in (("t", PROPERTIES), ("sorted", SORTED)):
            client.create_table(TableName=name, BillingMode="PAY_PER_REQUEST", **properties)
        _replay(client.put_item, client.update_item, client.delete_item)
        yield client


@pytest.fixture(scope="module")
def ours() -> DynamoDb:
    database = DynamoDb([TABLE, Table.of("sorted", SORTED)])
    _replay(
        lambda **request: database.perform("PutItem", request),
        lambda **request: database.perform("UpdateItem", request),
        lambda **request: database.perform("DeleteItem", request),
    )
    return database


def _replay(put: Any, update: Any, delete: Any) -> None:
    """Write, move between the partitions of indexes, take out of them and delete: the same each time."""
    chance = random.Random(7)  # noqa: S311
    for number in range(400):
        name, at = f"{chance.randrange(60):02}", f"2026-01-{chance.randrange(1, 29):02}"
        key = {"id": {"S": name}}
        what = chance.random()
        if what < 0.5:
            item = {**key, "at": {"S": f"{at}T{number:03}"}, "state": {"S": chance.choice(["pending", "ready"])}}
            owner = {"owner": {"S": chance.choice("xyz")}} if chance.random() < 0.9 else {}
            put(TableName="t", Item={**item, **owner, "n": {"N": str(number)}, "more": {"S": "m" * 20}})
        elif what < 0.7:
            values = {":open": {"S": chance.choice("ab")}, ":at": {"S": f"{at}T{number:03}"}}
            update(
                TableName="t",
                Key=key,
                UpdateExpression="SET #open = :open, #at = :at",
                ExpressionAttributeNames={"#open": "open", "#at": "at"},
                ExpressionAttributeValues=values,
            )
        elif what < 0.9:
            update(
                TableName="t",
                Key=key,
                UpdateExpression="REMOVE #open",
                ExpressionAttributeNames={"#open": "open"},
            )
        else:
            delete(TableName="t", Key=key)
        put(TableName="sorted", Item={"p": {"S": chance.choice("kl")}, "s": {"S": at}, "number": {"N": str(number)}})


def query(index: str, condition: str, **more: Any) -> dict[str, Any]:
    """A query of an index, or of the sorted table; with the names and values that its texts use."""
    texts = " ".join([condition, more.get("FilterExpression", ""), more.get("ProjectionExpression", "")])
    names = {f"#{name}": name for name in re.findall(r"#(\w+)", texts)}
    values = {name: VALUES[name] for name in re.findall(r":\w+", texts)}
    table = {"TableName": "t", "IndexName": index} if index else {"TableName": "sorted"}
    condition_of = {"KeyConditionExpression": condition} if condition else {}
    return {
        **table,
        **condition_of,
        **({"ExpressionAttributeNames": names} if names else {}),
        **({"ExpressionAttributeValues": values} if values else {}),
        **more,
    }


VALUES = {
    ":x": {"S": "x"},
    ":a": {"S": "a"},
    ":k": {"S": "k"},
    ":mid": {"S": "2026-01-14"},
    ":late": {"S": "2026-01-22"},
    ":teens": {"S": "2026-01-1"},
    ":ready": {"S": "ready"},
    ":n": {"N": "200"},
    ":less": {"N": "390.0"},
}
QUERIES = [
    query("all", "#owner = :x"),
    query("all", "#owner = :x", ScanIndexForward=False),
    query("all", "#owner = :x AND #at < :mid"),
    query("all", "(#owner = :x) AND (#at <= :mid)"),
    query("all", "#at > :mid AND #owner = :x"),
    query("all", "#owner = :x AND #at >= :mid", ScanIndexForward=False),
    query("all", "#owner = :x AND #at BETWEEN :mid AND :late"),
    query("all", "#owner = :x AND begins_with(#at, :teens)"),
    query("all", "#owner = :x", FilterExpression="#state = :ready"),
    query("all", "#owner = :x", FilterExpression="#state = :ready", Limit=4),
    query("all", "#owner = :x", ProjectionExpression="id, #state"),
    query("all", "#owner = :x", Select="COUNT", FilterExpression="#state = :ready"),
    query("keys", "#open = :a"),
    query("keys", "#open = :a AND #at < :mid", Limit=3),
    query("some", "#owner = :x"),
    query("some", "#owner = :x AND #n >= :n", Limit=5),
    query("some", "#owner = :x AND #n < :less", ScanIndexForward=False, Limit=2),
    query("", "#p = :k"),
    query("", "#p = :k AND #s > :mid", ScanIndexForward=False, Limit=3),
    query("", "#p = :k AND begins_with(#s, :teens)", FilterExpression="#number > :n"),
]


def pages(call: Any, request: Mapping[str, Any]) -> list[dict[str, Any]]:
    """All pages; the last one is none if nothing was read for it."""
    found: list[dict[str, Any]] = []
    more: dict[str, Any] = {}
    while True:
        answer = call(**request, **more)
        if answer["ScannedCount"] or not found:
            found.append({name: answer.get(name) for name in ("Items", "Count")})
        if "LastEvaluatedKey" not in answer:
            return found
        more = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


@pytest.mark.parametrize("request_of", QUERIES, ids=lambda each: each["KeyConditionExpression"])
def test_a_query_finds_the_same_page_by_page(moto: Any, ours: DynamoDb, request_of: dict[str, Any]) -> None:
    found = pages(lambda **request: ours.perform("Query", request), request_of)
    assert found == pages(moto.query, request_of)
    assert sum(page["Count"] for page in found)


@pytest.mark.parametrize("index", ["all", "keys", "some", None])
@pytest.mark.parametrize("limit", [None, 7])
def test_a_scan_finds_the_same_in_its_own_order(
    moto: Any, ours: DynamoDb, index: str | None, limit: int | None
) -> None:
    request = {"TableName": "t", **({"IndexName": index} if index else {}), **({"Limit": limit} if limit else {})}
    theirs, found = (
        [item for page in pages(call, request) for item in page["Items"]]
        for call in (moto.scan, lambda **each: ours.perform("Scan", each))
    )
    assert sorted(found, key=str) == sorted(theirs, key=str)
    assert found


REFUSED = [
    query("all", "#owner > :x"),
    query("all", "#at > :mid"),
    query("all", "#owner = :x AND #state = :ready"),
    query("all", "#owner = :x", ConsistentRead=True),
]


@pytest.mark.parametrize("request_of", REFUSED, ids=lambda each: each["KeyConditionExpression"])
def test_a_query_that_moto_refuses_is_refused(moto: Any, ours: DynamoDb, request_of: dict[str, Any]) -> None:
    with pytest.raises(ClientError, match="ValidationException"):
        moto.query(**request_of)
    with pytest.raises(DynamoDbError, match="ValidationException"):
        ours.perform("Query", request_of)


@pytest.mark.parametrize(
    "request_of",
    [
        query("all", "#owner = :n"),
        query("all", "#owner = :x", ExclusiveStartKey={"id": {"S": "1"}}),
        query("all", "#owner = :x", FilterExpression="#at = :mid"),
        query("none", "#owner = :x"),
        query("all", "#owner = :x OR #at > :mid"),
        query("keys", "#open = :a", ProjectionExpression="id, #state"),
        query("keys", "#open = :a", Select="ALL_ATTRIBUTES"),
        query("all", "#owner = :x", Limit=0),
        query(
            "all",
            "#owner = :x AND #at > :mid",
            ExclusiveStartKey={"id": {"S": "1"}, "owner": {"S": "x"}, "at": {"S": "2026-01-01"}},
        ),
        query("all", "#owner = :x", ExclusiveStartKey={name: {"S": "y"} for name in ("id", "owner", "at")}),
        {"TableName": "sorted"},
    ],
)
def test_a_query_is_refused_as_aws_does_it(ours: DynamoDb, request_of: dict[str, Any]) -> None:
    with pytest.raises(DynamoDbError, match="ValidationException"):
        ours.perform("Query", request_of)


def test_a_page_that_ends_at_the_limit_says_where_to_go_on(ours: DynamoDb) -> None:
    """Also where nothing comes after it: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html."""
    request = query("all", "#owner = :x")
    count = ours.perform("Query", request)["Count"]
    full = ours.perform("Query", {**request, "Limit": count})
    assert full["Count"] == count
    last = ours.perform("Query", {**request, "ExclusiveStartKey": full["LastEvaluatedKey"]})
    assert (last["Count"], last.get("LastEvaluatedKey")) == (0, None)


def test_a_page_has_a_megabyte_at_most() -> None:
    database = DynamoDb([TABLE])
    database.load("t", [_item(f"{number}", more={"S": "x" * 300_000}) for number in range(9)])
    request = {"TableName": "t", "IndexName": "all", "Select": "COUNT"}
    assert [page["Count"] for page in pages(lambda **each: database.perform("Scan", each), request)] == [4, 4, 1]


def test_a_start_that_was_deleted_since_is_a_start_all_the_same() -> None:
    database = DynamoDb([TABLE])
    database.load("t", [_item(f"{number}") for number in range(5)])
    request = query("all", "#owner = :x", Limit=2, ProjectionExpression="id")
    first = database.perform("Query", request)
    database.perform("DeleteItem", {"TableName": "t", "Key": {"id": {"S": "1"}}})
    then = database.perform("Query", {**request, "ExclusiveStartKey": first["LastEvaluatedKey"]})
    assert then["Items"] == [{"id": {"S": "2"}}, {"id": {"S": "3"}}]


def test_a_batch_reads_and_writes_the_same(moto: Any) -> None:
    database = DynamoDb([TABLE])
    database.load("t", moto.scan(TableName="t")["Items"])
    known = sorted(item["id"]["S"] for item in database.items("t"))
    writes = [
        {"PutRequest": {"Item": _item("new")}},
        {"PutRequest": {"Item": _item(known[0])}},
        {"DeleteRequest": {"Key": {"id": {"S": known[1]}}}},
    ]
    keys = [{"id": {"S": name}} for name in ("new", "none", *known[:3])]
    asked = {"t": {"Keys": keys, "ProjectionExpression": "id, #at", "ExpressionAttributeNames": {"#at": "at"}}}
    assert database.perform("BatchWriteItem", {"RequestItems": {"t": writes}}) == {"UnprocessedItems": {}}
    moto.batch_write_item(RequestItems={"t": writes})
    theirs = moto.batch_get_item(RequestItems=asked)
    found = database.perform("BatchGetItem", {"RequestItems": asked})
    assert sorted(found["Responses"]["t"], key=str) == sorted(theirs["Responses"]["t"], key=str)
    assert found["UnprocessedKeys"] == theirs["UnprocessedKeys"] == {}
    for twice in (
        {"RequestItems": {"t": {"Keys": [keys[0], keys[0]]}}},
        {"RequestItems": {"t": [writes[0], writes[0]]}},
    ):
        operation = "BatchGetItem" if "Keys" in twice["RequestItems"]["t"] else "BatchWriteItem"
        with pytest.raises(DynamoDbError, match="ValidationException"):
            database.perform(operation, twice)


def test_what_a_batch_has_no_room_for_is_left_for_another_call() -> None:
    database = DynamoDb([TABLE])
    database.leaves = lambda table, key: (table, key) == ("t", ("2",))
    writes = [{"PutRequest": {"Item": _item(name)}} for name in "12"]
    assert database.perform("BatchWriteItem", {"RequestItems": {"t": writes}}) == {
        "UnprocessedItems": {"t": writes[1:]}
    }
    asked = {"ConsistentRead": True, "Keys": [{"id": {"S": name}} for name in "12"]}
    found = database.perform("BatchGetItem", {"RequestItems": {"t": asked}})
    assert found["Responses"] == {"t": [_item("1")]}
    assert found["UnprocessedKeys"] == {"t": {**asked, "Keys": [{"id": {"S": "2"}}]}}
    database.leaves = lambda _table, _key: True
    for operation, each in (("BatchGetItem", asked), ("BatchWriteItem", writes)):
        with pytest.raises(DynamoDbError, match="ProvisionedThroughputExceededException"):
            database.perform(operation, {"RequestItems": {"t": each}})


def test_an_index_shows_a_change_when_its_lag_is_over_and_a_read_of_the_table_at_once() -> None:
    now, lags = [0.0], iter([5.0, 1.0, 0.0])
    database = DynamoDb([Table("t", ("id",), (Index("all", ("owner", "at"), None),))], lambda: now[0])
    database.lag = lambda: next(lags)

    def shown() -> list[str]:
        found = database.perform("Query", query("all", "#owner = :x"))["Items"]
        return [item["at"]["S"] for item in found]

    database.perform("PutItem", {"TableName": "t", "Item": _item("1", at={"S": "first"})})
    database.perform("PutItem", {"TableName": "t", "Item": _item("1", at={"S": "second"})})
    assert database.perform("GetItem", {"TableName": "t", "Key": {"id": {"S": "1"}}})["Item"]["at"] == {"S": "second"}
    assert shown() == []
    now[0] = 4.9  # the second change of an item is never seen before the first
    assert shown() == []
    now[0] = 5.0
    assert shown() == ["second"]
    database.perform("DeleteItem", {"TableName": "t", "Key": {"id": {"S": "1"}}})
    assert shown() == []


def test_what_expires_is_deleted_and_told() -> None:
    table = Table.of("t", {**PROPERTIES, "TimeToLiveSpecification": {"AttributeName": "ttl", "Enabled": True}})
    database = DynamoDb([table])
    database.load("t", [_item(name, ttl={"N": ttl}) for name, ttl in (("old", "1000000"), ("new", "2000000"))])
    database.load("t", [_item("text", ttl={"S": "1"}), _item("none"), _item("ancient", ttl={"N": "-200000000"})])
    told: list[Any] = []
    database.on_change.append(lambda *change: told.append(change))
    assert database.expire(1_500_000) == 1
    assert told == [("t", _item("old", ttl={"N": "1000000"}), None)]
    assert database.perform("Query", query("all", "#owner = :x"))["Count"] == 4
    assert DynamoDb([TABLE]).expire(1_500_000) == 0


def test_an_index_key_has_the_type_of_the_index() -> None:
    with pytest.raises(DynamoDbError, match="Type mismatch for Index Key n"):
        DynamoDb([TABLE]).perform("PutItem", {"TableName": "t", "Item": {"id": {"S": "1"}, "n": {"S": "1"}}})


def _item(name: str, **more: Any) -> dict[str, Any]:
    return {"id": {"S": name}, "owner": {"S": "x"}, "at": {"S": name}, **more}
