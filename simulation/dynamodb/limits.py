"""The limits of DynamoDB: what it refuses as too large, the units that a call costs, and what partitions take of them.

The first is for the DynamoDB of this package and for the clients of moto, by
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html, unless another page is named.

The request units are those of the on-demand mode:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html,
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html.

Each partition key takes 1,000 write units and 3,000 read units a second:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html. DynamoDB isolates a key
that is busy, so keys do not share a partition here for long enough to matter; what one key has is split only by its
sort key, and not where that grows all the time, as `createdAt` and `dueAt` do:
https://aws.amazon.com/blogs/database/part-2-scaling-dynamodb-how-partitions-hot-keys-and-split-for-heat-impact-performance/.
So it is never split here. Nor is there a burst beyond one second: DynamoDB keeps what was not used for up to five
minutes, but promises nothing of it:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/burst-adaptive-capacity.html.

A table that is new, on demand, takes 4,000 write units and 12,000 read units a second in all:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html.

An index that cannot take its part of a write has the write refused:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/gsi-throttling.html.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from botocore.model import OperationModel

from greenroom.record.items import Attribute
from simulation.dynamodb.expressions import Words
from simulation.dynamodb.values import DynamoDbError, invalid, size, size_of
from simulation.token_bucket import TokenBucket
from simulation.wire import Answer

KIB, MIB = 1024, 1024 * 1024
EXPRESSION_BYTES = 4 * KIB
PLACEHOLDER_BYTES = 255
SUBSTITUTED_BYTES = 2 * MIB
OPERATORS = 300
OPERANDS_OF_IN = 100
ITEM_BYTES = 400 * KIB
PARTITION_KEY_BYTES, SORT_KEY_BYTES = 2048, 1024
TRANSACTION_ACTIONS, TRANSACTION_BYTES = 100, 4 * MIB
BATCH_GET_ITEMS = 100
BATCH_WRITE_ITEMS, BATCH_WRITE_BYTES = 25, 16 * MIB
WRITE_BYTES, READ_BYTES = KIB, 4 * KIB
PARTITION_WRITES, PARTITION_READS = 1000.0, 3000.0
NEW_WRITES, NEW_READS = 4000.0, 12_000.0
WRITE, READ = "Write", "Read"

EXPRESSIONS = (
    "ConditionExpression",
    "FilterExpression",
    "KeyConditionExpression",
    "ProjectionExpression",
    "UpdateExpression",
)
_SIGNS = frozenset({"=", "<>", "<", "<=", ">", ">=", "+", "-"})
_KEYWORDS = frozenset({"AND", "OR", "NOT", "BETWEEN", "IN"})
_SUBSTITUTED = ("ExpressionAttributeNames", "ExpressionAttributeValues")
# Of a table or one of its indexes.
_PARTITION_KEYS = (Attribute.ID, Attribute.OWNER, Attribute.OPEN, Attribute.BATCH)
_SORT_KEYS = (Attribute.CREATED_AT, Attribute.DUE_AT, Attribute.STATE)
_KEY_BYTES: Mapping[str, int] = {
    **dict.fromkeys(_PARTITION_KEYS, PARTITION_KEY_BYTES),
    **dict.fromkeys(_SORT_KEYS, SORT_KEY_BYTES),
}


def refuse_too_much(client: Any) -> None:
    """Have a client's calls refused as DynamoDB refuses them, whatever answers those that are left."""

    def check_call(model: OperationModel, params: Mapping[str, Any], **_: Any) -> Answer | None:
        try:
            check(model.name, json.loads(params["body"]))
        except DynamoDbError as error:
            return error.answer()
        return None

    client.meta.events.register("before-call.dynamodb", check_call)


def check(operation: str, request: Mapping[str, Any]) -> None:
    """Raise ValidationException if a request is larger than DynamoDB takes."""
    match operation:
        case "TransactWriteItems":
            _check_transaction([action for each in request["TransactItems"] for action in each.values()])
        case "BatchWriteItem":
            _check_batch_write([each for writes in request["RequestItems"].values() for each in writes])
        case "BatchGetItem":
            keys = [key for asked in request["RequestItems"].values() for key in asked["Keys"]]
            _at_most(len(keys), BATCH_GET_ITEMS, "Too many items requested for the BatchGetItem call")
            for key in keys:
                check_keys(key)
        case _:
            _check_single(request)


def check_item(item: Mapping[str, Any], message: str = "Item size has exceeded the maximum allowed size") -> None:
    """Raise ValidationException if an item, or a key of the table or of an index in it, is too large."""
    _at_most(size(item), ITEM_BYTES, message)
    check_keys(item)


def check_keys(item: Mapping[str, Any]) -> None:
    for name in item.keys() & _KEY_BYTES.keys():
        text = item[name].get("S", "x")
        message = f"One or more parameter values were invalid: size of the key {name} is outside of its limits"
        _at_most(len(text.encode()), _KEY_BYTES[name], message)
        if not text:
            raise invalid(message)


def _check_single(request: Mapping[str, Any]) -> None:
    for name in EXPRESSIONS:
        if name in request:
            _check_expression(name, request[name])
    for kind in _SUBSTITUTED:
        for placeholder in request.get(kind, {}):
            _at_most(len(placeholder.encode()), PLACEHOLDER_BYTES, f"{kind} contains invalid key: {placeholder}")
    names, values = (request.get(kind, {}) for kind in _SUBSTITUTED)
    substituted = sum(len(name.encode()) for name in names.values()) + sum(map(size_of, values.values()))
    _at_most(substituted, SUBSTITUTED_BYTES, "The substitution variables of the expressions are too large")
    check_keys(request.get("Key", {}))
    if "Item" in request:
        check_item(request["Item"])


@cache
def _check_expression(name: str, text: str) -> None:
    _at_most(
        len(text.encode()),
        EXPRESSION_BYTES,
        f"Invalid {name}: Expression size has exceeded the maximum allowed size",
    )
    words = Words(text).all
    operators = [
        word
        for word, following in zip(words, [*words[1:], ""], strict=True)
        if word in _SIGNS or word.upper() in _KEYWORDS or (following == "(" and word[0].isalpha())
    ]
    _at_most(len(operators), OPERATORS, f"Invalid {name}: The expression contains too many operators")
    for at, word in enumerate(words):
        if word.upper() == "IN" and "(" in words[at : at + 2]:
            operands = words[at : words.index(")", at)].count(",") + 1
            _at_most(operands, OPERANDS_OF_IN, f"Invalid {name}: The IN operator is provided with too many operands")


def _check_transaction(actions: Iterable[Mapping[str, Any]]) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html."""
    actions = list(actions)
    _at_most(len(actions), TRANSACTION_ACTIONS, "Member must have length less than or equal to 100")
    for action in actions:
        _check_single(action)
    total = sum(size(action.get("Item", action.get("Key", {}))) for action in actions)
    _at_most(total, TRANSACTION_BYTES, "Collection size of items in transaction is more than 4 MB")


def _check_batch_write(writes: list[Mapping[str, Any]]) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html."""
    _at_most(len(writes), BATCH_WRITE_ITEMS, "Too many items requested for the BatchWriteItem call")
    items = [write["PutRequest"]["Item"] for write in writes if "PutRequest" in write]
    for item in items:
        check_item(item)
    _at_most(sum(map(size, items)), BATCH_WRITE_BYTES, "The request is larger than 16 MB")


def _at_most(found: int, limit: int, message: str) -> None:
    if found > limit:
        raise invalid(f"{message}; {found} of {limit}")


def write_units(*items: Mapping[str, Any] | None) -> int:
    """Return the units of a write by the larger of what was there and what is there then; at least one."""
    return max(1, *(math.ceil(size(item) / WRITE_BYTES) for item in items if item is not None), 1)


def half_read_units(item: Mapping[str, Any] | None, *, consistent: bool) -> int:
    """Return the half units of a read of one item; one that is not there costs as much as a small one."""
    return half_units_of(size(item or {}), consistent=consistent)


def half_units_of(read_bytes: int, *, consistent: bool) -> int:
    """Return the half units of all that one call reads."""
    return max(1, math.ceil(read_bytes / READ_BYTES)) * (2 if consistent else 1)


@dataclass(frozen=True)
class Cost:
    """So many units of a table's partition or, where an index is named, of that of an index."""

    table: str
    partition: str
    units: float
    index: str = ""

    @property
    def resource(self) -> str:
        return f"{self.table}/index/{self.index}" if self.index else self.table


class Throughput:
    """Buckets of one second: a call may take more than is left, and the next one waits for it.

    `writes` and `reads`: of a table in all, or of an index.
    """

    def __init__(self, clock: Callable[[], float], *, writes: float = NEW_WRITES, reads: float = NEW_READS) -> None:
        self._clock = clock
        self._rates = {
            (WRITE, True): PARTITION_WRITES,
            (READ, True): PARTITION_READS,
            (WRITE, False): writes,
            (READ, False): reads,
        }
        self._buckets: dict[tuple[str, str, str | None], TokenBucket] = {}
        self.refused: Counter[tuple[str, str]] = Counter()
        """How often, by table or index and by reason."""

    def take(self, kind: str, costs: Iterable[Cost]) -> None:
        """Take all of it, or raise ThrottlingException and take nothing."""
        spent: list[tuple[TokenBucket, float]] = []
        for cost in costs:
            for partition in (cost.partition, None):
                bucket = self._bucket(kind, cost.resource, partition)
                if bucket.tokens <= 0:
                    raise self._refusal(kind, cost, partition)
                spent.append((bucket, cost.units))
        for bucket, units in spent:
            bucket.spend(units)

    def _bucket(self, kind: str, resource: str, partition: str | None) -> TokenBucket:
        key = (kind, resource, partition)
        if key not in self._buckets:
            rate = self._rates[kind, partition is not None]
            self._buckets[key] = TokenBucket(self._clock, burst=rate, rate=rate)
        return self._buckets[key]

    def _refusal(self, kind: str, cost: Cost, partition: str | None) -> DynamoDbError:
        """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ThrottlingReason.html."""
        limit = "KeyRangeThroughputExceeded" if partition is not None else "AccountLimitExceeded"
        reason = f"{'Index' if cost.index else 'Table'}{kind}{limit}"
        self.refused[cost.resource, reason] += 1
        members = {"throttlingReasons": [{"reason": reason, "resource": cost.resource}]}
        return DynamoDbError("ThrottlingException", f"The request was denied due to throttling: {reason}", members)
