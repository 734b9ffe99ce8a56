"""Attribute values as they travel, `{"S": "text"}`, and items of them: compared, changed, projected and measured."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from decimal import Context, Decimal
from typing import Any

from simulation.wire import Answer, answer

Value = Mapping[str, Any]
Item = dict[str, Any]
Path = tuple[str | int, ...]
"""Attribute names, and indices of lists."""
Change = tuple[Path, Value | None]
"""The value that a path gets; None: it is removed."""

SETS = frozenset({"SS", "NS", "BS"})
_ORDERED = frozenset({"S", "N", "B"})
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
_ARITHMETIC = Context(prec=38)
WRONG_TYPE = "An operand in the update expression has an incorrect data type"
_BAD_PATH = "The document path provided in the update expression is invalid for update"


class DynamoDbError(Exception):
    """An error as DynamoDB answers it: `code`, and members beside the message."""

    def __init__(self, code: str, message: str, members: Mapping[str, Any] | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.members = dict(members or {})

    @property
    def status(self) -> int:
        return 500 if self.code == "InternalServerError" else 400

    def answer(self) -> Answer:
        """Return what botocore makes of an answer with this error."""
        error = {"Code": self.code, "Message": self.message}
        return answer({"Error": error, "message": self.message, **self.members}, self.status)


def invalid(message: str) -> DynamoDbError:
    return DynamoDbError("ValidationException", message)


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
        raise invalid(WRONG_TYPE)
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
        raise invalid(WRONG_TYPE)
    content: list[Any] = value[name]
    return content


def length(value: Value) -> int:
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


def project(item: Item, paths: list[Path]) -> Item:
    """Return an item of only these paths, as far as they are there."""
    found: Item = {}
    for at in paths:
        value = find(item, at)
        if value is not None:
            _build(found, at, value)
    return found


def _build(found: Item, at: Path, value: Any) -> None:
    """Elements of a list close up, in the order of their paths."""
    if len(at) == 1:
        found[str(at[0])] = value
        return
    head, following = str(at[0]), at[1]
    if isinstance(following, int):
        elements = found.setdefault(head, {"L": []})["L"]
        elements.append(value if len(at) == 2 else _nested(at[2:], value))
    else:
        _build(found.setdefault(head, {"M": {}})["M"], at[1:], value)


def _nested(at: Path, value: Any) -> dict[str, Any]:
    built: Item = {}
    _build(built, at, value)
    return {"M": built}


def apply(item: Item, changes: list[Change]) -> Item:
    """Return the item with the changes. What does not change is shared with the old one; nothing of that is altered."""
    changed: Any = {"M": item}
    # New elements of lists in the order of their indices; then what is removed, from the end, so that the indices
    # before it stay what they were.
    put = sorted((change for change in changes if change[1] is not None), key=_index_of)
    removed = sorted((change for change in changes if change[1] is None), key=_index_of, reverse=True)
    for at, value in [*put, *removed]:
        changed = _put(changed, at, value)
    result: Item = changed["M"]
    return result


def _index_of(change: Change) -> int:
    last = change[0][-1]
    return last if isinstance(last, int) else -1


def _put(container: Any, at: Path, value: Value | None) -> Any:
    step, rest = at[0], at[1:]
    kind = "M" if isinstance(step, str) else "L"
    if kind not in container:
        raise invalid(_BAD_PATH)
    content: Any = dict(container["M"]) if kind == "M" else list(container["L"])
    there = step in content if isinstance(step, str) else step < len(content)
    if rest:
        if not there:
            raise invalid(_BAD_PATH)
        content[step] = _put(content[step], rest, value)
    elif value is None:
        if there:
            del content[step]
    elif there or kind == "M":
        content[step] = value
    else:
        content.append(value)
    return {kind: content}


def size(item: Mapping[str, Any]) -> int:
    """Return the bytes of an item: of the names, in UTF-8, and of the values.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    return sum(len(name.encode()) + size_of(value) for name, value in item.items())


def size_of(value: Mapping[str, Any]) -> int:
    """Return the bytes of one value."""
    ((kind, content),) = value.items()
    match kind:
        case "N":
            return _of_number(content)
        case "BOOL" | "NULL":
            return 1
        case "SS" | "BS":
            return sum(len(each.encode()) for each in content)
        case "NS":
            return sum(map(_of_number, content))
        case "L" | "M":
            return 3 + len(content) + (size(content) if kind == "M" else sum(map(size_of, content)))
    return len(str(content).encode())


def _of_number(text: str) -> int:
    return math.ceil(len(str(text).strip("-").replace(".", "").strip("0")) / 2) + 1
