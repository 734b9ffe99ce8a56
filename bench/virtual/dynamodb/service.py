"""The operations on single items, and the answer to botocore."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from types import SimpleNamespace
from typing import Any

from botocore.model import OperationModel

from bench.virtual.dynamodb.conditions import condition
from bench.virtual.dynamodb.errors import DynamoDbError, invalid
from bench.virtual.dynamodb.lexer import placeholders
from bench.virtual.dynamodb.operands import Given
from bench.virtual.dynamodb.projections import paths_of, project
from bench.virtual.dynamodb.updates import apply, update
from bench.virtual.dynamodb.values import Item, Path
from bench.virtual.wire import Answer

Change = Callable[[str, Item | None, Item | None], None]
"""Is told of a table's change: the table, the old item and the new one."""
_EXPRESSIONS = ("ConditionExpression", "UpdateExpression", "ProjectionExpression")
_UNKNOWN = ("AttributeUpdates", "Expected", "AttributesToGet", "ConditionalOperator", "ReturnItemCollectionMetrics")


class DynamoDb:
    """Tables by name, each with the names of its key's attributes."""

    def __init__(self, keys: Mapping[str, tuple[str, ...]], clock: Callable[[], float] = lambda: 0) -> None:
        self._keys = keys
        self._clock = clock
        self._items: dict[str, dict[tuple[str, ...], Item]] = {name: {} for name in keys}
        self.calls: Counter[tuple[str, str]] = Counter()
        """By operation and table."""
        self.writes: Counter[tuple[str, tuple[str, ...], int]] = Counter()
        """By table, item and second, those refused by their condition included: they cost as much."""
        self.on_change: list[Change] = []

    def answer(self, model: OperationModel, params: Mapping[str, Any]) -> Answer:
        """Answer a client's call, by its serialised request."""
        request = json.loads(params["body"])
        try:
            answer = self.perform(model.name, request)
        except DynamoDbError as error:
            named = {"Error": {"Code": error.code, "Message": error.message}, "message": error.message}
            return _response(400), {**named, **error.members, "ResponseMetadata": _metadata(400)}
        # boto3 turns the values of an answer into Python's where they are: so it gets its own.
        return _response(200), {**_copy(answer), "ResponseMetadata": _metadata(200)}

    def perform(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Do what a request says, or raise DynamoDbError."""
        if unknown := [name for name in _UNKNOWN if name in request]:
            raise NotImplementedError(f"{operation} with {', '.join(unknown)}")
        _check_placeholders(request)
        performs = {"GetItem": self._get, "PutItem": self._put, "UpdateItem": self._update, "DeleteItem": self._delete}
        if operation not in performs:
            raise NotImplementedError(operation)
        table = request["TableName"].rpartition("/")[2]
        if table not in self._items:
            raise DynamoDbError("ResourceNotFoundException", "Requested resource not found")
        self.calls[operation, table] += 1
        return performs[operation](table, request)

    def load(self, table: str, items: Iterable[Item]) -> None:
        """Have these items, without a change that anyone is told of."""
        for item in items:
            self._items[table][self._key(table, {name: item[name] for name in self._keys[table]})] = item

    def items(self, table: str) -> list[Item]:
        return list(self._items[table].values())

    def item(self, table: str, *key: str) -> Item | None:
        return self._items[table].get(key)

    def _get(self, table: str, request: Mapping[str, Any]) -> dict[str, Any]:
        found = self._items[table].get(self._key(table, request["Key"]))
        given = Given(found or {}, request.get("ExpressionAttributeNames", {}), {})
        if (text := request.get("ProjectionExpression")) is not None:
            paths = paths_of(text, given)
            found = project(found, paths) if found is not None else None
        return {} if found is None else {"Item": found}

    def _put(self, table: str, request: Mapping[str, Any]) -> dict[str, Any]:
        item = request["Item"]
        key = self._key(table, {name: item.get(name) for name in self._keys[table]})
        old = self._to_write(table, key)
        self._checked(request, old)
        self._write(table, key, old, item)
        return _returned(request, old, item, [])

    def _update(self, table: str, request: Mapping[str, Any]) -> dict[str, Any]:
        key = self._key(table, request["Key"])
        old = self._to_write(table, key)
        given = self._checked(request, old)
        text = request.get("UpdateExpression")
        changes = update(text)(given) if text is not None else []
        if any(at[0] in self._keys[table] for at, _ in changes):
            raise invalid("Cannot update attribute: it is part of the key")
        new = apply(old if old is not None else dict(request["Key"]), changes)
        self._write(table, key, old, new)
        return _returned(request, old, new, [at for at, _ in changes])

    def _delete(self, table: str, request: Mapping[str, Any]) -> dict[str, Any]:
        key = self._key(table, request["Key"])
        old = self._to_write(table, key)
        self._checked(request, old)
        self._write(table, key, old, None)
        return _returned(request, old, None, [])

    def _to_write(self, table: str, key: tuple[str, ...]) -> Item | None:
        """Count a write, and return the item as it is before it."""
        self.writes[table, key, int(self._clock())] += 1
        return self._items[table].get(key)

    def _checked(self, request: Mapping[str, Any], old: Item | None) -> Given:
        """Raise ConditionalCheckFailedException unless the request's condition holds, if it has one."""
        names, values = request.get("ExpressionAttributeNames", {}), request.get("ExpressionAttributeValues", {})
        given = Given(old or {}, names, values)
        if (text := request.get("ConditionExpression")) is None or condition(text)(given):
            return given
        wants_it = request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" and old is not None
        members = {"Item": _copy(old)} if wants_it else {}
        raise DynamoDbError("ConditionalCheckFailedException", "The conditional request failed", members)

    def _write(self, table: str, key: tuple[str, ...], old: Item | None, new: Item | None) -> None:
        if new is None:
            self._items[table].pop(key, None)
        else:
            self._items[table][key] = new
        if old != new:
            for told in self.on_change:
                told(table, old, new)

    def _key(self, table: str, key: Mapping[str, Any]) -> tuple[str, ...]:
        names = self._keys[table]
        if set(key) != set(names) or any(key[name] is None for name in names):
            raise invalid("The provided key element does not match the schema")
        return tuple(next(iter(key[name].values())) for name in names)


def _returned(request: Mapping[str, Any], old: Item | None, new: Item | None, paths: list[Path]) -> dict[str, Any]:
    wanted = request.get("ReturnValues", "NONE")
    source = old if wanted.endswith("OLD") else new
    if wanted == "NONE" or source is None:
        return {}
    attributes = source if wanted.startswith("ALL") else project(source, paths)
    return {"Attributes": attributes} if attributes else {}


def _check_placeholders(request: Mapping[str, Any]) -> None:
    """All that is given is used."""
    used = set().union(*(placeholders(request[name]) for name in _EXPRESSIONS if name in request))
    for kind in ("Names", "Values"):
        if unused := request.get(f"ExpressionAttribute{kind}", {}).keys() - used:
            names = ", ".join(sorted(unused))
            raise invalid(f"Value provided in ExpressionAttribute{kind} unused in expressions: keys: {{{names}}}")


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _copy(each) for name, each in value.items()}
    return [_copy(each) for each in value] if isinstance(value, list) else value


def _response(status: int) -> Any:
    return SimpleNamespace(status_code=status, headers={})


def _metadata(status: int) -> dict[str, Any]:
    return {"HTTPStatusCode": status, "RequestId": "virtual", "HTTPHeaders": {}, "RetryAttempts": 0}
