"""What DynamoDB refuses as too much is refused by the DynamoDB of the virtual clock and by the clients of moto."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.session import Session

from simulation.dynamodb import DynamoDb, DynamoDbError, limits
from simulation.dynamodb.limits import KIB, MIB, check
from simulation.dynamodb.values import size
from tests.support.tables import dynamodb

KEY = {"id": {"S": "1"}}
Perform = Callable[[str, Mapping[str, Any]], object]


@pytest.fixture(params=["virtual", "moto"])
def perform(request: pytest.FixtureRequest) -> Iterator[Perform]:
    """Do a request on table `ttt`, and return the code of the error that it raises, if it does."""
    if request.param == "virtual":
        database = DynamoDb({"ttt": ("id",)})

        def ours(operation: str, asked: Mapping[str, Any]) -> object:
            try:
                database.perform(operation, asked)
            except DynamoDbError as error:
                return error.code
            return None

        yield ours
        return
    with dynamodb() as client:
        client.create_table(
            TableName="ttt",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )

        def theirs(operation: str, asked: Mapping[str, Any]) -> object:
            try:
                client._make_api_call(operation, asked)  # noqa: SLF001  # by the operation's own name
            except ClientError as error:
                return error.response["Error"]["Code"]
            return None

        yield theirs


def an_item(bytes_: int, key: str = "1") -> dict[str, Any]:
    """Make an item of exactly so many bytes."""
    return {"id": {"S": key}, "text": {"S": "x" * (bytes_ - len(key) - len("idtext"))}}


def an_update(text: str, **values: Any) -> tuple[str, dict[str, Any]]:
    given = {"ExpressionAttributeValues": {f":{name}": value for name, value in values.items()}} if values else {}
    return "UpdateItem", {"TableName": "ttt", "Key": KEY, "UpdateExpression": text, **given}


def a_condition(text: str, **values: Any) -> tuple[str, dict[str, Any]]:
    given = {"ExpressionAttributeValues": {f":{name}": value for name, value in values.items()}} if values else {}
    return "DeleteItem", {"TableName": "ttt", "Key": KEY, "ConditionExpression": text, **given}


def puts(count: int, bytes_: int = 10) -> list[dict[str, Any]]:
    return [{"Put": {"TableName": "ttt", "Item": an_item(bytes_, f"{number:03}")}} for number in range(count)]


def _expression(bytes_: int) -> str:
    return "SET a1 = :v".ljust(bytes_)


NUMBER = {"N": "1"}
LIMITS: Mapping[str, Callable[[int], tuple[str, dict[str, Any]]]] = {
    "an expression": lambda over: an_update(_expression(4 * KIB + over), v=NUMBER),
    "a placeholder": lambda over: an_update(f"SET a1 = :{'v' * (254 + over)}", **{"v" * (254 + over): NUMBER}),
    "the operators": lambda over: an_update(
        "SET " + ", ".join(f"a{number} = :v" for number in range(300 + over)), v=NUMBER
    ),
    "the operands of IN": lambda over: a_condition(f"NOT a1 IN ({', '.join([':v'] * (100 + over))})", v=NUMBER),
    "an item": lambda over: ("PutItem", {"TableName": "ttt", "Item": an_item(400 * KIB + over)}),
    "a partition key": lambda over: ("GetItem", {"TableName": "ttt", "Key": {"id": {"S": "k" * (2048 + over)}}}),
    "a partition key of an index": lambda over: (
        "PutItem",
        {"TableName": "ttt", "Item": {**KEY, "owner": {"S": "k" * (2048 + over)}}},
    ),
    "a sort key of an index": lambda over: (
        "PutItem",
        {"TableName": "ttt", "Item": {**KEY, "dueAt": {"S": "k" * (1024 + over)}}},
    ),
    "the actions of a transaction": lambda over: ("TransactWriteItems", {"TransactItems": puts(100 + over)}),
}


@pytest.mark.parametrize("limit", LIMITS)
def test_what_aws_takes_is_taken_and_one_more_is_refused(limit: str, perform: Perform) -> None:
    if perform.__name__ == "ours" or limit not in {"an item", "the operators"}:
        # moto itself takes a bit less than 400 KB, and recurses too deeply for so many operators.
        assert perform(*LIMITS[limit](0)) is None
    assert perform(*LIMITS[limit](1)) == "ValidationException"


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("BatchGetItem", {"RequestItems": {"ttt": {"Keys": [{"id": {"S": str(n)}} for n in range(101)]}}}),
        ("BatchWriteItem", {"RequestItems": {"ttt": [{"DeleteRequest": {"Key": KEY}}] * 26}}),
        ("BatchWriteItem", {"RequestItems": {"ttt": [{"PutRequest": {"Item": an_item(400 * KIB + 1)}}]}}),
        ("TransactWriteItems", {"TransactItems": puts(11, 400 * KIB)}),
    ],
    ids=["BatchGetItem", "BatchWriteItem", "an item of BatchWriteItem", "the bytes of a transaction"],
)
def test_several_items_have_limits_together(operation: str, request_: Any) -> None:
    with pytest.raises(DynamoDbError, match="ValidationException"):
        check(operation, request_)


def test_an_update_makes_no_item_larger_than_aws_takes(perform: Perform) -> None:
    item = an_item(390 * KIB)
    assert perform("PutItem", {"TableName": "ttt", "Item": item}) is None
    assert perform(*an_update("SET more = :v", v={"S": "x" * 20 * KIB})) == "ValidationException"


def test_an_empty_key_is_refused(perform: Perform) -> None:
    assert perform("GetItem", {"TableName": "ttt", "Key": {"id": {"S": ""}}}) == "ValidationException"


@pytest.mark.parametrize(
    ("shape", "limit"),
    [
        ("TransactWriteItemList", limits.TRANSACTION_ACTIONS),
        ("KeyList", limits.BATCH_GET_ITEMS),
        ("WriteRequests", limits.BATCH_WRITE_ITEMS),
    ],
)
def test_the_limits_are_those_of_botocore_s_model_where_it_has_them(shape: str, limit: int) -> None:
    assert Session().get_service_model("dynamodb").shape_for(shape).metadata["max"] == limit


def test_the_others_are_those_of_aws_s_page() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html, read on 2026-11-28."""
    assert (limits.EXPRESSION_BYTES, limits.PLACEHOLDER_BYTES, limits.SUBSTITUTED_BYTES) == (4096, 255, 2 * MIB)
    assert (limits.OPERATORS, limits.OPERANDS_OF_IN) == (300, 100)
    assert (limits.ITEM_BYTES, limits.PARTITION_KEY_BYTES, limits.SORT_KEY_BYTES) == (409_600, 2048, 1024)
    assert (limits.TRANSACTION_BYTES, limits.BATCH_WRITE_BYTES) == (4 * MIB, 16 * MIB)


@pytest.mark.parametrize(
    ("value", "bytes_"),
    [
        ({"S": "ü"}, 2),
        ({"N": "86400"}, 3),
        ({"N": "-1.5"}, 2),
        ({"BOOL": True}, 1),
        ({"SS": ["ab", "c"]}, 3),
        ({"NS": ["1", "22"]}, 4),
        ({"L": [{"N": "1"}, {"N": "1"}]}, 9),
        ({"M": {"ab": {"S": "c"}}}, 7),
    ],
    ids=str,
)
def test_an_item_is_as_large_as_aws_s_page_says(value: Any, bytes_: int) -> None:
    assert size({"name": value}) == len("name") + bytes_
