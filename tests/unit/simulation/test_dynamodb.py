"""DynamoDB in the process does the same as moto does, request by request."""

from __future__ import annotations

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from simulation.dynamodb import DynamoDb, DynamoDbError

ITEM = {
    "id": {"S": "1"},
    "state": {"S": "pending"},
    "n": {"N": "10"},
    "half": {"N": "0.50"},
    "tags": {"SS": ["b", "a"]},
    "steps": {"L": [{"S": "zero"}, {"N": "1"}, {"M": {"deep": {"BOOL": True}}}]},
    "map": {"M": {"x": {"N": "1"}, "y": {"M": {"z": {"S": "end"}}}}},
    "none": {"NULL": True},
}
V = {
    ":0": {"N": "0"},
    ":1": {"N": "1"},
    ":ten": {"N": "10.0"},
    ":s": {"S": "pending"},
    ":p": {"S": "pen"},
    ":l": {"L": [{"S": "more"}]},
    ":set": {"SS": ["b", "c"]},
    ":a": {"S": "a"},
    ":m": {"M": {"new": {"N": "5"}}},
}
CONDITIONS = [
    "attribute_exists(id)",
    "attribute_not_exists(id)",
    "attribute_not_exists(steps[7]) AND attribute_exists(steps[2].deep)",
    "#state = :s",
    "#state <> :s OR #n = :ten",
    "NOT #state = :s",
    "#n > :1 AND (#n < :1 OR #n >= :ten)",
    "half < :1",
    "absent = :s",
    "absent <> :s",
    "#n BETWEEN :1 AND :ten",
    "#state IN (:p, :s)",
    "begins_with(#state, :p)",
    "contains(tags, :a)",
    "contains(#state, :p)",
    "contains(steps, :1)",
    "attribute_type(#n, :p)",
    "#map.x = :1 and attribute_exists(#map.y.z)",
]
# Without the attribute, moto raises an error of Python's.
SIZES = ["size(steps) > :1", "size(tags) = :1", "size(#state) > :ten"]
UPDATES = [
    "SET #n = #n + :1, fresh = :s",
    "SET #n = half - :1",
    "SET #n = if_not_exists(absent, :0) + :1",
    "SET #n = if_not_exists(#n, :0) + :1",
    "SET steps = list_append(steps, :l)",
    "SET steps = list_append(if_not_exists(nothing, :l), :l)",
    "SET steps[1] = :s, steps[9] = :1",
    "SET steps[99] = :s, steps[100] = :1 REMOVE steps[0], steps[1]",
    "SET #map.y.z = :1, #map.w = :m",
    "SET #map = :m",
    "SET #map.q.r = :1",
    "SET #n = absent + :1",
    "SET #n = #state + :1",
    "SET a1 = #n, b1 = #state",
    "REMOVE steps[0], steps[1]",
    "REMOVE #map.x, absent, #state",
    "REMOVE #map.q.r",
    "ADD #n :1, absent :ten",
    "ADD tags :set, added :set",
    "ADD #map.x :1, #map.v :1",
    "ADD #state :1",
    "DELETE tags :set",
    "DELETE absent :set",
    "SET #n = :0 REMOVE half ADD counted :1 DELETE tags :set",
    "SET id = :s",
    "SET #n = ",
    "SET #n : 1",
]
RETURNS = ["NONE", "ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"]

# moto sends the latter unasked.
_BESIDE = {"ResponseMetadata", "ConsumedCapacity"}


@pytest.fixture(scope="module")
def moto() -> Iterator[Any]:
    with mock_aws():
        client: Any = boto3.client("dynamodb", "us-west-2", aws_access_key_id="a", aws_secret_access_key="b")  # noqa: S106
        client.create_table(
            TableName="t",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield client


def placeholders(text: str) -> dict[str, Any]:
    """Those of the values and names that an expression uses."""
    names = {f"#{name}": name for name in ("state", "n", "map") if f"#{name}" in text}
    words = text.replace(",", " ").replace(")", " ").replace("(", " ").split()
    values = {name: value for name, value in V.items() if name in words}
    given: dict[str, Any] = {}
    return (
        given
        | ({"ExpressionAttributeNames": names} if names else {})
        | ({"ExpressionAttributeValues": values} if values else {})
    )


def both(moto: Any, operation: str, request: dict[str, Any], item: dict[str, Any] | None = ITEM) -> list[Any]:
    """Do the same in both. Returns what each answered or the code of its error, and the item as it is afterwards."""
    ours = DynamoDb({"t": ("id",)})
    moto.delete_item(TableName="t", Key={"id": ITEM["id"]})
    if item:
        moto.put_item(TableName="t", Item=item)
        ours.perform("PutItem", {"TableName": "t", "Item": json.loads(json.dumps(item))})
    request = {"TableName": "t", **request}
    method = {"UpdateItem": moto.update_item, "GetItem": moto.get_item, "PutItem": moto.put_item}.get(
        operation, moto.delete_item
    )
    return [_seen(lambda: method(**request), moto), _seen(lambda: ours.perform(operation, request), _Ours(ours))]


class _Ours(SimpleNamespace):
    def __init__(self, database: DynamoDb) -> None:
        super().__init__(get_item=lambda **request: database.perform("GetItem", request))


def _seen(call: Any, reader: Any) -> Any:
    try:
        answered = {name: value for name, value in call().items() if name not in _BESIDE}
    except ClientError as error:
        item = error.response.get("Item")
        answered = {"error": error.response["Error"]["Code"], "item": item}
    except DynamoDbError as error:
        answered = {"error": error.code, "item": error.members.get("Item")}
    item = reader.get_item(TableName="t", Key={"id": ITEM["id"]}, ConsistentRead=True).get("Item")
    return _unordered({"answer": answered, "item": item})


def _unordered(value: Any) -> Any:
    """Sets in one order, numbers as numbers."""
    if isinstance(value, list):
        return [_unordered(each) for each in value]
    if not isinstance(value, dict):
        return value
    found = {name: _unordered(each) for name, each in value.items()}
    for name, each in found.items():
        if name in {"SS", "NS"}:
            found[name] = sorted(each)
        elif name == "N" and isinstance(each, str):
            found[name] = float(each)
    return found


@pytest.mark.parametrize(
    ("condition", "item"),
    [(condition, item) for condition in CONDITIONS for item in (ITEM, None)] + [(size, ITEM) for size in SIZES],
)
def test_a_condition_holds_for_both_or_for_neither(moto: Any, condition: str, item: Any) -> None:
    request = {
        "Key": {"id": ITEM["id"]},
        "ConditionExpression": condition,
        "ReturnValues": "ALL_OLD",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        **placeholders(condition),
    }
    theirs, ours = both(moto, "DeleteItem", request, item)
    assert ours == theirs


@pytest.mark.parametrize("update", UPDATES)
@pytest.mark.parametrize("item", [ITEM, None], ids=["item", "no item"])
def test_an_update_makes_the_same_item_and_the_same_error(moto: Any, update: str, item: Any) -> None:
    request = {"Key": {"id": ITEM["id"]}, "UpdateExpression": update, **placeholders(update)}
    theirs, ours = both(moto, "UpdateItem", request, item)
    assert ours == theirs


@pytest.mark.parametrize(
    ("returned", "item"),
    # Of a new item moto counts the key among what was updated; DynamoDB does not.
    [(returned, ITEM) for returned in RETURNS]
    + [(returned, None) for returned in RETURNS if returned != "UPDATED_NEW"],
)
def test_an_update_returns_the_same(moto: Any, returned: str, item: Any) -> None:
    update = "SET #n = :1, #state = :p REMOVE half ADD counted :1"
    request = {"Key": {"id": ITEM["id"]}, "UpdateExpression": update, "ReturnValues": returned, **placeholders(update)}
    theirs, ours = both(moto, "UpdateItem", request, item)
    assert ours == theirs


def test_a_put_replaces_and_a_projection_shows_a_part(moto: Any) -> None:
    new = {"id": ITEM["id"], "only": {"S": "this"}}
    theirs, ours = both(moto, "PutItem", {"Item": new, "ReturnValues": "ALL_OLD"})
    assert ours == theirs
    paths = {"ProjectionExpression": "#map.y.z, tags, absent, steps[2].deep, #n"}
    theirs, ours = both(moto, "GetItem", {"Key": {"id": ITEM["id"]}, **paths, **placeholders(str(paths))})
    assert ours == theirs


def test_what_is_given_must_be_used(moto: Any) -> None:
    request = {"Key": {"id": ITEM["id"]}, "UpdateExpression": "SET a1 = :1"}
    values = {"ExpressionAttributeValues": {":1": V[":1"], ":0": V[":0"]}}
    theirs, ours = both(moto, "UpdateItem", {**request, **values})
    assert ours == theirs
    assert ours["answer"]["error"] == "ValidationException"


CHECKED = {"ConditionCheck": {"Key": {"id": {"S": "1"}}, "ConditionExpression": "attribute_exists(id)"}}
ABSENT = {"ConditionCheck": {"Key": {"id": {"S": "no"}}, "ConditionExpression": "attribute_exists(id)"}}
OTHER = {"id": {"S": "2"}, "url": {"S": "https://stream.example"}}
PUT = {"Put": {"Item": OTHER, "ConditionExpression": "attribute_not_exists(id)"}}
CHANGED = {"Update": {"Key": {"id": {"S": "1"}}, "UpdateExpression": "SET half = :1", **placeholders(":1")}}
REFUSED: dict[str, Any] = {
    "Update": {
        "Key": {"id": {"S": "1"}},
        "UpdateExpression": "SET half = :1",
        "ConditionExpression": "half = :1",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        **placeholders(":1"),
    }
}
DELETED = {"Delete": {"Key": {"id": {"S": "1"}}}}


@pytest.mark.parametrize(
    "actions",
    [
        [CHECKED, PUT],
        [CHANGED, PUT],
        [DELETED, PUT],
        [ABSENT, PUT, CHANGED],
        [PUT, REFUSED],
        [CHECKED, CHANGED],
    ],
    ids=["checked", "updated", "deleted", "check that fails", "update that is refused", "one item twice"],
)
def test_a_transaction_does_all_or_nothing_and_says_why(moto: Any, actions: list[dict[str, Any]]) -> None:
    ours = DynamoDb({"t": ("id",)})
    moto.delete_item(TableName="t", Key={"id": OTHER["id"]})
    for each in (moto.put_item, lambda **request: ours.perform("PutItem", request)):
        each(TableName="t", Item=ITEM)
    request = {"TransactItems": [{kind: {"TableName": "t", **each} for kind, each in a.items()} for a in actions]}
    theirs = _transacted(
        lambda: moto.transact_write_items(**request), lambda key: moto.get_item(TableName="t", Key=key)
    )
    found = _transacted(
        lambda: ours.perform("TransactWriteItems", request),
        lambda key: ours.perform("GetItem", {"TableName": "t", "Key": key}),
    )
    assert found == theirs


def _transacted(call: Any, get: Any) -> Any:
    """Return the error's code, the reasons with the items that they show, and both items as they are afterwards."""
    error, reasons = None, []
    try:
        call()
    except ClientError as refused:
        error, reasons = refused.response["Error"]["Code"], refused.response.get("CancellationReasons", [])
    except DynamoDbError as refused:
        error, reasons = refused.code, refused.members.get("CancellationReasons", [])
    items = [get({"id": {"S": key}}).get("Item") for key in "12"]
    return _unordered([error, [(reason["Code"], reason.get("Item")) for reason in reasons], items])


def test_a_transaction_that_is_repeated_with_its_token_has_no_second_effect() -> None:
    """A client makes the token, and repeats a call whose answer was lost with the same one."""
    database = DynamoDb({"t": ("id",)})
    request = {"ClientRequestToken": "token", "TransactItems": [{"Put": {"TableName": "t", **PUT["Put"]}}]}
    assert database.perform("TransactWriteItems", request) == {}
    assert database.perform("TransactWriteItems", request) == {}
    with pytest.raises(DynamoDbError, match="IdempotentParameterMismatchException"):
        database.perform("TransactWriteItems", {**request, "TransactItems": []})
    with pytest.raises(DynamoDbError, match="TransactionCanceledException"):
        database.perform("TransactWriteItems", {**request, "ClientRequestToken": "other"})


def test_what_it_does_not_know_it_refuses() -> None:
    with pytest.raises(NotImplementedError):
        DynamoDb({"t": ("id",)}).perform("DescribeTable", {"TableName": "t"})
    with pytest.raises(NotImplementedError):
        DynamoDb({"t": ("id",)}).perform("Scan", {"TableName": "t", "TotalSegments": 2})


def test_an_answer_is_not_the_item_itself() -> None:
    """boto3 turns the values of an answer into Python's where they are."""
    database = DynamoDb({"t": ("id",)})
    database.perform("PutItem", {"TableName": "t", "Item": ITEM})
    model: Any = SimpleNamespace(name="GetItem")
    _, answer = database.answer(model, {"body": json.dumps({"TableName": "t", "Key": {"id": ITEM["id"]}}).encode()})
    answer["Item"]["map"]["M"].clear()
    assert database.item("t", "1") == ITEM
