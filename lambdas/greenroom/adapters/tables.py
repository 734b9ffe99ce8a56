"""Items of tables: writes that are made only while a condition holds, many items in few calls, and what is due.

A path with a dot, such as `waits.stream`, is a member of a map.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from botocore.exceptions import ClientError

from greenroom.adapters.aws_errors import condition_failed, record_errors
from greenroom.domain.errors import RecordUnavailable
from greenroom.domain.values import sleep
from greenroom.record.attribute_values import from_item, to_item
from greenroom.record.items import DUE_INDEX, Attribute, to_text

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

Condition = Mapping[str, str | int | bool]
"""Attributes and the values that they must have; True: it must be there, False: it must not."""

Once = tuple[str, str]
"""An attribute, and the token of this one caller that is kept in it."""

T = TypeVar("T")
Pause = Callable[[float], None]

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
_MOST_READ = 100
_MOST_WRITTEN = 25
# What DynamoDB leaves out of a call is asked for again, for about six seconds in all: on-demand tables grow with what
# they are asked for.
_PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2)


def update(
    client: DynamoDBClient,
    table: str,
    item_id: str,
    *,
    condition: Condition,
    changes: Mapping[str, Any],
    remove: Iterable[str] = (),
    add: Mapping[str, Any] | None = None,
    take: Mapping[str, set[str]] | None = None,
    once: Once | None = None,
    returns: Literal["ALL_NEW", "UPDATED_NEW", "NONE"] = "NONE",
) -> dict[str, Any] | None:
    """Set `changes`, remove what `remove` names, add to numbers and to sets of texts, and take texts out of sets.

    Return the item afterwards, or the written part of it, in plain values, if `returns` asks for it. Return None if the
    condition did not hold and nothing was written.

    `once`: for a change that one of several callers may make. botocore repeats a write whose answer was lost, and the
    repeat would find that its own condition does not hold any more. The token is kept with the change, and a caller
    that finds its own has made it.
    """
    written = Expressions()
    set_too = dict([once]) if once else {}
    text = written.clauses({**changes, **set_too}, remove=remove, add=add, take=take)
    holds = " AND ".join(written.holds(path, value) for path, value in condition.items())
    if once:
        holds = f"({holds}) OR {written.holds(*once)}"
    try:
        answer = client.update_item(
            TableName=table,
            Key=to_item({"id": item_id}),
            UpdateExpression=text,
            ConditionExpression=holds,
            ReturnValues=returns,
            **written.given(),
        )
    except ClientError as error:
        if not condition_failed(error):
            raise
        return None
    return from_item(answer.get("Attributes", {}))


def updated(
    client: DynamoDBClient,
    table: str,
    item_id: str,
    changes: Mapping[str, Any],
    *,
    condition: Condition,
    remove: Iterable[str] = (),
    add: Mapping[str, Any] | None = None,
    take: Mapping[str, set[str]] | None = None,
    once: Once | None = None,
) -> bool:
    """Update as `update` does. Return whether the condition held, or this caller has made the change already."""
    found = update(
        client, table, item_id, condition=condition, changes=changes, remove=remove, add=add, take=take, once=once
    )
    return found is not None


def put_new(client: DynamoDBClient, table: str, values: Mapping[str, Any]) -> bool:
    """Put an item, in plain values, unless one has its id. Return whether it was put."""
    try:
        client.put_item(TableName=table, Item=to_item(values), ConditionExpression="attribute_not_exists(id)")
    except ClientError as error:
        if not condition_failed(error):
            raise
        return False
    return True


class Expressions:
    """Placeholders for names and values, which may be anything."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.values: dict[str, Any] = {}

    def clauses(
        self,
        changes: Mapping[str, Any],
        *,
        remove: Iterable[str] = (),
        add: Mapping[str, Any] | None = None,
        take: Mapping[str, set[str]] | None = None,
    ) -> str:
        """Return an update expression, of the parts that are not empty."""
        clauses = {
            "SET": [f"{self.path(path)} = {self.value(value)}" for path, value in changes.items()],
            "REMOVE": [self.path(path) for path in remove],
            "ADD": [f"{self.path(path)} {self.value(value)}" for path, value in (add or {}).items()],
            "DELETE": [f"{self.path(path)} {self.value(value)}" for path, value in (take or {}).items()],
        }
        return " ".join(f"{verb} {', '.join(what)}" for verb, what in clauses.items() if what)

    def given(self) -> dict[str, Any]:
        """Return what a request says of the placeholders."""
        values = {"ExpressionAttributeValues": to_item(self.values)} if self.values else {}
        return {"ExpressionAttributeNames": {placeholder: name for name, placeholder in self.names.items()}, **values}

    def path(self, path: str) -> str:
        return ".".join(self.names.setdefault(name, f"#{len(self.names)}") for name in path.split("."))

    def value(self, value: Any) -> str:
        placeholder = f":{len(self.values)}"
        self.values[placeholder] = value
        return placeholder

    def holds(self, path: str, value: str | bool | int) -> str:  # noqa: FBT001  # what a condition wants
        if isinstance(value, bool):
            return f"attribute_{'exists' if value else 'not_exists'}({self.path(path)})"
        return f"{self.path(path)} = {self.value(value)}"


def read_items(
    client: DynamoDBClient, table: str, ids: Sequence[str], attributes: Sequence[str] = (), *, pause: Pause = sleep
) -> dict[str, dict[str, Any]]:
    """Return the items that exist, as last written, by id: of each `id` and `attributes`, or all if none is named.

    Raise RecordUnavailable if DynamoDB leaves items out again and again.
    """
    placeholders = {f"#{number}": name for number, name in enumerate(("id", *attributes))} if attributes else {}
    more: dict[str, Any] = (
        {"ProjectionExpression": ", ".join(placeholders), "ExpressionAttributeNames": placeholders}
        if attributes
        else {}
    )
    found: dict[str, dict[str, Any]] = {}
    for some in _chunks(ids, _MOST_READ):
        asked: Any = {table: {"Keys": [to_item({"id": each}) for each in some], "ConsistentRead": True, **more}}

        def read(asked: Any) -> Mapping[str, Any]:
            answer = client.batch_get_item(RequestItems=asked)
            items = [from_item(item) for item in answer["Responses"].get(table, ())]
            found.update({item["id"]: item for item in items})
            return answer.get("UnprocessedKeys", {})

        _until_nothing_is_left(read, asked, pause)
    return found


def write_items(
    client: DynamoDBClient, table: str, items: Iterable[Mapping[str, Any]], *, pause: Pause = sleep
) -> None:
    """Put items. Raise RecordUnavailable if DynamoDB leaves some out again and again."""
    for some in _chunks(items, _MOST_WRITTEN):
        asked: Any = {table: [{"PutRequest": {"Item": to_item(item)}} for item in some]}
        _until_nothing_is_left(
            lambda asked: client.batch_write_item(RequestItems=asked).get("UnprocessedItems", {}), asked, pause
        )


def _until_nothing_is_left(call: Callable[[Any], Mapping[str, Any]], asked: Any, pause: Pause) -> None:
    left = call(asked)
    for seconds in _PAUSES:
        if not left:
            return
        pause(seconds)
        left = call(left)
    if left:
        raise RecordUnavailable("DynamoDB has no room for so many items now")


def _chunks(values: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(values)
    while some := list(islice(rest, size)):
        yield some


def due(client: DynamoDBClient, table: str, what: str, by: datetime) -> Iterator[str]:
    """Yield the ids of the items for which this is open and was due before `by`, oldest first."""
    query: dict[str, Any] = {
        "TableName": table,
        "IndexName": DUE_INDEX,
        "KeyConditionExpression": "#open = :open AND #dueAt < :by",
        "ExpressionAttributeNames": {"#open": Attribute.OPEN.value, "#dueAt": Attribute.DUE_AT.value},
        "ExpressionAttributeValues": to_item({":open": what, ":by": to_text(by)}),
    }
    for page in pages(client, query):
        yield from (item["id"]["S"] for item in page["Items"])


def pages(client: DynamoDBClient, query: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the answers to a query, a page each. Raise RecordUnavailable or RecordRefused if one fails."""
    asked: dict[str, Any] = dict(query)
    while True:
        with record_errors():
            answer = client.query(**asked)
        yield answer
        if "LastEvaluatedKey" not in answer:
            return
        asked["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
