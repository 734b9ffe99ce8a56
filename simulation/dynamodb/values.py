"""Attribute values as they travel, `{"S": "text"}`, and what expressions do with them."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from decimal import Context, Decimal
from typing import Any

from simulation.dynamodb.errors import invalid

Value = Mapping[str, Any]
Item = dict[str, Any]
Path = tuple[str | int, ...]
"""Attribute names, and indices of lists."""

SETS = frozenset({"SS", "NS", "BS"})
_ORDERED = frozenset({"S", "N", "B"})
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
_ARITHMETIC = Context(prec=38)


def type_of(value: Value) -> str:
    (name,) = value
    return name


def equal(left: Value, right: Value) -> bool:
    """Types count, the order of sets does not; numbers are equal by their value."""
    return bool(_comparable(left) == _comparable(right))


def _comparable(value: Value) -> Any:
    ((name, content),) = value.items()
    match name:
        case "N":
            return name, Decimal(content)
        case "NS":
            return name, frozenset(map(Decimal, content))
        case "SS" | "BS":
            return name, frozenset(content)
        case "L":
            return name, [_comparable(each) for each in content]
        case "M":
            return name, {key: _comparable(each) for key, each in content.items()}
    return name, content


def order_key(value: Value, like: Value) -> Any:
    """Return what orders a value among those of its type; None if it is not of the other's type, or has no order."""
    name = type_of(value)
    return rank(value) if name == type_of(like) and name in _ORDERED else None


def rank(value: Value) -> Any:
    """Return what sorts a text, a number or bytes among their like; texts by their UTF-8, as Python does too."""
    ((name, content),) = value.items()
    match name:
        case "N":
            return Decimal(content).normalize()
        case "B":
            return base64.b64decode(content)
    return content


def add(left: Value, right: Value, sign: int = 1) -> Value:
    """Add or subtract two numbers."""
    if type_of(left) != "N" or type_of(right) != "N":
        raise invalid("An operand in the update expression has an incorrect data type")
    one, other = Decimal(left["N"]), Decimal(right["N"])
    return {"N": _text(_ARITHMETIC.add(one, other if sign > 0 else -other))}


def _text(number: Decimal) -> str:
    """Write a number as DynamoDB does: plain, without trailing zeros."""
    return format(number.normalize(), "f") if number else "0"


def united(old: Value, new: Value) -> Value:
    ((name, content),) = new.items()
    return {name: sorted({*_same_set(old, name), *content})}


def without(old: Value, removed: Value) -> Value | None:
    """Return the rest of a set; None when nothing is left, because a set is never empty."""
    ((name, content),) = removed.items()
    rest = set(_same_set(old, name)) - set(content)
    return {name: sorted(rest)} if rest else None


def _same_set(value: Value, name: str) -> list[Any]:
    if name not in SETS or type_of(value) != name:
        raise invalid("An operand in the update expression has an incorrect data type")
    content: list[Any] = value[name]
    return content


def size(value: Value) -> int:
    """Return the number of characters, bytes or elements, as the function `size` of expressions does."""
    ((name, content),) = value.items()
    if name in {"N", "BOOL", "NULL"}:
        raise invalid("Invalid operand type for the function size")
    return len(content.encode()) if name == "S" else len(content)


def find(item: Item, path: Path) -> Value | None:
    """Return the value at a path, if there is one."""
    found: Any = {"M": item}
    for step in path:
        content = found.get("M" if isinstance(step, str) else "L")
        if content is None:
            return None
        if isinstance(step, int):
            if step >= len(content):
                return None
        elif step not in content:
            return None
        found = content[step]
    result: Value = found
    return result
