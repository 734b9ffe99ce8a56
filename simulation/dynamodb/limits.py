"""The limits of DynamoDB that refuse a request: for the DynamoDB of this package, and for the clients of moto.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html, unless another page is named. What a
partition takes in a second is in `throughput`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from botocore.model import OperationModel

from greenroom.record.items import Attribute
from simulation.dynamodb.errors import DynamoDbError, invalid, refusal
from simulation.dynamodb.lexer import Words
from simulation.dynamodb.sizes import size, size_of
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
            return refusal(error)
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
