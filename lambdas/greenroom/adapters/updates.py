"""Writes that are made only while a condition holds.

A path with a dot, such as `waits.stream`, is a member of a map.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal

from botocore.exceptions import ClientError

from greenroom.adapters.aws_errors import condition_failed
from greenroom.record.attribute_values import from_item, to_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

Condition = Mapping[str, str | int | bool]
"""Attributes and the values that they must have; True: it must be there, False: it must not."""

Once = tuple[str, str]
"""An attribute, and the token of this one caller that is kept in it."""


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

    Returns the item as it is then, or of it what was written, in plain values, if `returns` asks for it. None if the
    condition did not hold: nothing was written.

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
    """Update as `update` does. True if the condition held, or this caller has made the change already."""
    found = update(
        client, table, item_id, condition=condition, changes=changes, remove=remove, add=add, take=take, once=once
    )
    return found is not None


def put_new(client: DynamoDBClient, table: str, values: Mapping[str, Any]) -> bool:
    """Keep an item, in plain values, unless there is one with its id. True if there was none."""
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
