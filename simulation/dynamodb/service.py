"""The operations: on single items, on several at once, and on parts of a table; and the answer to botocore."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.model import OperationModel

from simulation.dynamodb.expressions import Given, condition, placeholders, update
from simulation.dynamodb.limits import EXPRESSIONS, WRITE, Cost, Throughput, check, check_item
from simulation.dynamodb.reads import get, query, scan
from simulation.dynamodb.tables import Primary, Store, Table, tables_of
from simulation.dynamodb.values import DynamoDbError, Item, Path, apply, invalid, project
from simulation.wire import Answer, answer

Change = Callable[[str, Item | None, Item | None], None]
"""Is told of a table's change: the table, the old item and the new one."""
Unprocessed = Callable[[str, Primary], bool]
"""Tells whether an item of a batch, by its table and key, is left for another call."""
_UNKNOWN = (
    "AttributeUpdates",
    "AttributesToGet",
    "ConditionalOperator",
    "Expected",
    "KeyConditions",
    "QueryFilter",
    "ReturnItemCollectionMetrics",
    "ScanFilter",
    "Segment",
    "TotalSegments",
)
# A repeat of a transaction has no second effect for ten minutes:
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
_TOKEN_SECONDS = 600


@dataclass(frozen=True)
class _Write:
    """What a request does to one item. `paths`: those that it changes. `costs`: what it takes of the throughput."""

    table: str
    key: Primary
    old: Item | None
    new: Item | None
    paths: list[Path]
    costs: list[Cost] = field(default_factory=list)


class DynamoDb:
    """Tables, as they are described or as the names of their keys' attributes.

    `clock`: in seconds; only differences count, and the lag of indexes is by it. `throughput`: what partitions take;
    without it, they take anything.
    """

    def __init__(
        self,
        tables: Iterable[Table] | Mapping[str, tuple[str, ...]],
        clock: Callable[[], float] = lambda: 0,
        throughput: Throughput | None = None,
    ) -> None:
        self._clock = clock
        self._throughput = throughput
        self.lag: Callable[[], float] = lambda: 0
        """Is asked, at each change of an index, after how many seconds the index shows it."""
        self._stores = {table.name: Store(table, clock, self._lag, throughput) for table in tables_of(tables)}
        self.calls: Counter[tuple[str, str]] = Counter()
        """By operation and table."""
        self.writes: Counter[tuple[str, Primary, int]] = Counter()
        """By table, item and second, those refused by their condition included: they cost as much."""
        self.on_change: list[Change] = []
        self.refuses: Callable[[str], DynamoDbError | None] = lambda _table: None
        """Is asked before each call of a table for the error that it is refused with."""
        self.leaves: Unprocessed = lambda _table, _key: False
        """Is asked for each item of a batch whether it is left for another call."""
        self._tokens: dict[str, tuple[float, Any]] = {}

    def _lag(self) -> float:
        return self.lag()

    def answer(self, model: OperationModel, params: Mapping[str, Any]) -> Answer:
        """Answer a client's call, by its serialised request."""
        request = json.loads(params["body"])
        try:
            # boto3 turns the values of an answer into Python's where they are: so it gets its own.
            return answer(_copy(self.perform(model.name, request)))
        except DynamoDbError as error:
            return error.answer()

    def perform(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Do what a request says, or raise DynamoDbError."""
        check(operation, request)
        match operation:
            case "TransactWriteItems":
                return self._transact(request)
            case "BatchGetItem":
                return self._batch_get(request)
            case "BatchWriteItem":
                return self._batch_write(request)
        if operation in _READS:
            return _READS[operation](self._called(operation, request), request)
        if operation not in _PLANS:
            raise NotImplementedError(operation)
        write = self._plan(operation, self._called(operation, request), request)
        self._take(write.costs)
        self._write(write)
        return _returned(request, write)

    def _called(self, operation: str, request: Mapping[str, Any]) -> Store:
        """Check all that does not depend on the item, and count the call. Returns the table's content."""
        if unknown := [name for name in _UNKNOWN if name in request]:
            raise NotImplementedError(f"{operation} with {', '.join(unknown)}")
        _check_placeholders(request)
        table: str = request["TableName"].rpartition("/")[2]
        if table not in self._stores:
            raise DynamoDbError("ResourceNotFoundException", "Requested resource not found")
        self.calls[operation, table] += 1
        if error := self.refuses(table):
            raise error
        return self._stores[table]

    def load(self, table: str, items: Iterable[Item]) -> None:
        """Have these items, without a change that anyone is told of."""
        store = self._stores[table]
        for item in items:
            store.write(store.primary_of(item), item)

    def items(self, table: str) -> list[Item]:
        return self._stores[table].content.items()

    def item(self, table: str, *key: str) -> Item | None:
        return self._stores[table].content.get(key)

    def expire(self, now: float) -> int:
        """Delete the items whose time is over at `now`, in seconds since 1970. Returns how many there were."""
        over = [
            _Write(name, key, item, None, [])
            for name, store in self._stores.items()
            for key, item in store.expired(now)
        ]
        for write in over:
            self._write(write)
        return len(over)

    def _batch_get(self, request: Mapping[str, Any]) -> dict[str, Any]:
        found: dict[str, list[Item]] = {}
        left: dict[str, Any] = {}
        for name, asked in request["RequestItems"].items():
            store = self._called("BatchGetItem", {"TableName": name, **asked})
            keys = _different([(store.key_of(key), key) for key in asked["Keys"]])
            found[name], rest = [], []
            for primary, key in keys:
                try:
                    if self.leaves(store.table.name, primary):
                        raise _THROTTLED
                    found[name] += get(store, {**asked, "Key": key}).values()
                except DynamoDbError as error:
                    rest.append(_left_over(error, key))
            if rest:
                left[name] = {**asked, "Keys": rest}
        _check_some_done(request, left, lambda asked: len(asked["Keys"]))
        return {"Responses": found, "UnprocessedKeys": left}

    def _batch_write(self, request: Mapping[str, Any]) -> dict[str, Any]:
        plans: list[tuple[str, Any, _Write]] = []
        left: dict[str, list[Any]] = {}
        for name, asked in request["RequestItems"].items():
            store = self._called("BatchWriteItem", {"TableName": name})
            for each in asked:
                ((kind, action),) = each.items()
                plans.append((name, each, self._plan(_BATCHED[kind], store, action)))
        _different([((write.table, *write.key), each) for _, each, write in plans])
        for name, each, write in plans:
            try:
                if self.leaves(write.table, write.key):
                    raise _THROTTLED
                self._take(write.costs)
            except DynamoDbError as error:
                left.setdefault(name, []).append(_left_over(error, each))
            else:
                self._write(write)
        _check_some_done(request, left, len)
        return {"UnprocessedItems": left}

    def _plan(self, operation: str, store: Store, request: Mapping[str, Any], times: int = 1) -> _Write:
        """Tell what a request does to an item, if its condition holds, without doing it.

        `times`: how often it writes the item, as a transaction does to prepare it and to commit. One whose condition
        does not hold costs as much.
        """
        key = store.key_of(request["Key"]) if "Key" in request else store.primary_of(request["Item"])
        self.writes[store.table.name, key, int(self._clock())] += 1
        old = store.content.get(key)
        try:
            given = _checked(request, old)
        except DynamoDbError:
            self._take(store.costs(key, old, old, times))
            raise
        new, paths = _PLANS[operation](request, old, given)
        if any(at[0] in store.table.key for at in paths):
            raise invalid("Cannot update attribute: it is part of the key")
        if new is not None and new is not old:
            check_item(new, "Item size to update has exceeded the maximum allowed size")
            store.check_index_keys(new)
        return _Write(store.table.name, key, old, new, paths, store.costs(key, old, new, times))

    def _take(self, costs: list[Cost]) -> None:
        if self._throughput and costs:
            self._throughput.take(WRITE, costs)

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
            store = self._called("TransactWriteItems", action)
            try:
                write = self._plan(_ACTIONS[kind], store, action, times=2)
                self._take(write.costs)
                writes.append(write)
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
        if write.old is not write.new:
            self._stores[write.table].write(write.key, write.new)
        if write.old != write.new:
            for told in self.on_change:
                told(write.table, write.old, write.new)


Planned = tuple[Item | None, list[Path]]
"""The item as it will be, and the paths that change."""


def _checked(request: Mapping[str, Any], old: Item | None) -> Given:
    """Raise ConditionalCheckFailedException unless the request's condition holds, if it has one."""
    given = Given.by(request, old or {})
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
_READS = {"GetItem": get, "Query": query, "Scan": scan}
_BATCHED = {"PutRequest": "PutItem", "DeleteRequest": "DeleteItem"}
_ACTIONS = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheck"}
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CancellationReason.html
_REASONS = {
    "ConditionalCheckFailedException": "ConditionalCheckFailed",
    "ThrottlingException": "ThrottlingError",
    "ValidationException": "ValidationError",
}
_THROTTLED = DynamoDbError("ThrottlingException", "There is no room for this item of the batch")


def _returned(request: Mapping[str, Any], write: _Write) -> dict[str, Any]:
    wanted = request.get("ReturnValues", "NONE")
    source = write.old if wanted.endswith("OLD") else write.new
    if wanted == "NONE" or source is None:
        return {}
    attributes = source if wanted.startswith("ALL") else project(source, write.paths)
    return {"Attributes": attributes} if attributes else {}


def _left_over(error: DynamoDbError, asked: Any) -> Any:
    """Return what was asked if the error says that there was no room for it; anything else is raised."""
    if error.code != "ThrottlingException":
        raise error
    return asked


def _different(keys: list[tuple[Primary, Any]]) -> list[tuple[Primary, Any]]:
    """Raise ValidationException if an item is named twice."""
    if len({primary for primary, _ in keys}) < len(keys):
        raise invalid("Provided list of item keys contains duplicates")
    return keys


def _check_some_done(request: Mapping[str, Any], left: Mapping[str, Any], count: Callable[[Any], int]) -> None:
    """Raise what DynamoDB raises when it had no room for a single item of a batch.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
    """
    if sum(map(count, left.values())) == sum(map(count, request["RequestItems"].values())):
        raise DynamoDbError("ProvisionedThroughputExceededException", "There was no room for an item of the batch")


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
