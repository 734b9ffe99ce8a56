"""The operations on single items and on several at once, and the answer to botocore."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.model import OperationModel

from simulation.dynamodb.conditions import condition
from simulation.dynamodb.errors import DynamoDbError, invalid, metadata, refusal, response
from simulation.dynamodb.lexer import placeholders
from simulation.dynamodb.limits import EXPRESSIONS, check, check_item
from simulation.dynamodb.operands import Given
from simulation.dynamodb.projections import paths_of, project
from simulation.dynamodb.updates import apply, update
from simulation.dynamodb.values import Item, Path
from simulation.wire import Answer

Change = Callable[[str, Item | None, Item | None], None]
"""Is told of a table's change: the table, the old item and the new one."""
_UNKNOWN = ("AttributeUpdates", "Expected", "AttributesToGet", "ConditionalOperator", "ReturnItemCollectionMetrics")


# A repeat of a transaction has no second effect for ten minutes:
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
_TOKEN_SECONDS = 600


@dataclass(frozen=True)
class _Write:
    """What a request does to one item. `paths`: those that it changes."""

    table: str
    key: tuple[str, ...]
    old: Item | None
    new: Item | None
    paths: list[Path]


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
        self.refuses: Callable[[str], DynamoDbError | None] = lambda _table: None
        """Is asked before each call of a table for the error that it is refused with."""
        self._tokens: dict[str, tuple[float, Any]] = {}

    def answer(self, model: OperationModel, params: Mapping[str, Any]) -> Answer:
        """Answer a client's call, by its serialised request."""
        request = json.loads(params["body"])
        try:
            answer = self.perform(model.name, request)
        except DynamoDbError as error:
            return refusal(error)
        # boto3 turns the values of an answer into Python's where they are: so it gets its own.
        return response(200), {**_copy(answer), "ResponseMetadata": metadata(200)}

    def perform(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Do what a request says, or raise DynamoDbError."""
        check(operation, request)
        if operation == "TransactWriteItems":
            return self._transact(request)
        if operation not in {"GetItem", *_PLANS}:
            raise NotImplementedError(operation)
        table = self._called(operation, request)
        if operation == "GetItem":
            return self._get(table, request)
        write = self._plan(operation, table, request)
        self._write(write)
        return _returned(request, write)

    def _called(self, operation: str, request: Mapping[str, Any]) -> str:
        """Check all that does not depend on the item, and count the call. Returns the table."""
        if unknown := [name for name in _UNKNOWN if name in request]:
            raise NotImplementedError(f"{operation} with {', '.join(unknown)}")
        _check_placeholders(request)
        table: str = request["TableName"].rpartition("/")[2]
        if table not in self._items:
            raise DynamoDbError("ResourceNotFoundException", "Requested resource not found")
        self.calls[operation, table] += 1
        if error := self.refuses(table):
            raise error
        return table

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

    def _plan(self, operation: str, table: str, request: Mapping[str, Any]) -> _Write:
        """Tell what a request does to an item, if its condition holds, without doing it."""
        names = self._keys[table]
        key = self._key(
            table, request["Key"] if "Key" in request else {name: request["Item"].get(name) for name in names}
        )
        self.writes[table, key, int(self._clock())] += 1
        old = self._items[table].get(key)
        given = _checked(request, old)
        new, paths = _PLANS[operation](request, old, given)
        if any(at[0] in names for at in paths):
            raise invalid("Cannot update attribute: it is part of the key")
        if new is not None and new is not old:
            check_item(new, "Item size to update has exceeded the maximum allowed size")
        return _Write(table, key, old, new, paths)

    def _transact(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Do all or nothing. TransactionCanceledException says of each action why it, or None of them, was refused."""
        token = request.get("ClientRequestToken")
        if token in self._tokens and self._clock() - self._tokens[token][0] < _TOKEN_SECONDS:
            if self._tokens[token][1] != request:
                raise DynamoDbError("IdempotentParameterMismatchException", "The token was used with another request")
            return {}
        actions = [action for each in request["TransactItems"] for action in each.items()]
        writes: list[_Write] = []
        reasons: list[dict[str, Any]] = []
        for kind, action in actions:
            table = self._called("TransactWriteItems", action)
            try:
                writes.append(self._plan(_ACTIONS[kind], table, action))
                reasons.append({"Code": "None"})
            except DynamoDbError as error:
                if error.code not in _REASONS:
                    raise
                reasons.append({"Code": _REASONS[error.code], "Message": error.message, **error.members})
        codes = [reason["Code"] for reason in reasons]
        if set(codes) != {"None"}:
            message = (
                f"Transaction cancelled, please refer cancellation reasons for specific reasons [{', '.join(codes)}]"
            )
            raise DynamoDbError("TransactionCanceledException", message, {"CancellationReasons": reasons})
        if len({(write.table, write.key) for write in writes}) < len(writes):
            raise invalid("Transaction request cannot include multiple operations on one item")
        for write in writes:
            self._write(write)
        if token:
            self._tokens[token] = (self._clock(), request)
        return {}

    def _write(self, write: _Write) -> None:
        items = self._items[write.table]
        if write.new is None:
            items.pop(write.key, None)
        else:
            items[write.key] = write.new
        if write.old != write.new:
            for told in self.on_change:
                told(write.table, write.old, write.new)

    def _key(self, table: str, key: Mapping[str, Any]) -> tuple[str, ...]:
        names = self._keys[table]
        if set(key) != set(names) or any(key[name] is None for name in names):
            raise invalid("The provided key element does not match the schema")
        return tuple(next(iter(key[name].values())) for name in names)


Planned = tuple[Item | None, list[Path]]
"""The item as it will be, and the paths that change."""


def _checked(request: Mapping[str, Any], old: Item | None) -> Given:
    """Raise ConditionalCheckFailedException unless the request's condition holds, if it has one."""
    names, values = request.get("ExpressionAttributeNames", {}), request.get("ExpressionAttributeValues", {})
    given = Given(old or {}, names, values)
    if (text := request.get("ConditionExpression")) is None or condition(text)(given):
        return given
    wants_it = request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" and old is not None
    members = {"Item": _copy(old)} if wants_it else {}
    raise DynamoDbError("ConditionalCheckFailedException", "The conditional request failed", members)


def _put(request: Mapping[str, Any], _old: Item | None, _given: Given) -> Planned:
    return request["Item"], []


def _update(request: Mapping[str, Any], old: Item | None, given: Given) -> Planned:
    text = request.get("UpdateExpression")
    changes = update(text)(given) if text is not None else []
    return apply(old if old is not None else dict(request["Key"]), changes), [at for at, _ in changes]


def _delete(_request: Mapping[str, Any], _old: Item | None, _given: Given) -> Planned:
    return None, []


def _leave(_request: Mapping[str, Any], old: Item | None, _given: Given) -> Planned:
    return old, []


_PLANS = {"PutItem": _put, "UpdateItem": _update, "DeleteItem": _delete, "ConditionCheck": _leave}
_ACTIONS = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheck"}
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CancellationReason.html
_REASONS = {"ConditionalCheckFailedException": "ConditionalCheckFailed", "ValidationException": "ValidationError"}


def _returned(request: Mapping[str, Any], write: _Write) -> dict[str, Any]:
    wanted = request.get("ReturnValues", "NONE")
    source = write.old if wanted.endswith("OLD") else write.new
    if wanted == "NONE" or source is None:
        return {}
    attributes = source if wanted.startswith("ALL") else project(source, write.paths)
    return {"Attributes": attributes} if attributes else {}


def _check_placeholders(request: Mapping[str, Any]) -> None:
    """All that is given is used."""
    used = set().union(*(placeholders(request[name]) for name in EXPRESSIONS if name in request))
    for kind in ("Names", "Values"):
        if unused := request.get(f"ExpressionAttribute{kind}", {}).keys() - used:
            names = ", ".join(sorted(unused))
            raise invalid(f"Value provided in ExpressionAttribute{kind} unused in expressions: keys: {{{names}}}")


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _copy(each) for name, each in value.items()}
    return [_copy(each) for each in value] if isinstance(value, list) else value
