"""Expressions, compiled: conditions and filters, key conditions, updates, and projections."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from simulation.dynamodb.values import (
    SETS,
    WRONG_TYPE,
    Change,
    Item,
    Path,
    Value,
    add,
    equal,
    find,
    invalid,
    length,
    order_key,
    type_of,
    united,
    without,
)

_TOKEN = re.compile(r"\s*(?:(?P<word>[#:]?[A-Za-z0-9_]+)|(?P<sign><>|<=|>=|[=<>+\-,().\[\]]))")
_F = TypeVar("_F")
_S = TypeVar("_S")


@cache
def placeholders(text: str) -> frozenset[str]:
    """The `#names` and `:values` of an expression."""
    return frozenset(word for word in Words(text).all if word[0] in "#:")


class Words:
    """An expression's words, read one by one. Keywords are the same in any case."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.all: list[str] = []
        at, end = 0, len(text.rstrip())
        while at < end:
            found = _TOKEN.match(text, at)
            if found is None:
                raise self.error()
            self.all.append(found["word"] or found["sign"])
            at = found.end()
        self._next = 0

    @property
    def ahead(self) -> str:
        """The next word; empty at the end."""
        return self.all[self._next] if self._next < len(self.all) else ""

    def calls(self, *functions: str) -> str:
        """Take the next word if it is one of these functions, and called. Returns it, or nothing."""
        if self.ahead in functions and self.all[self._next + 1 : self._next + 2] == ["("]:
            return self.take()
        return ""

    def take(self) -> str:
        word = self.ahead
        self._next += 1
        return word

    def takes(self, *keywords: str) -> str:
        """Take the next word if it is one of these. Returns it in capitals, or nothing."""
        word = self.ahead.upper()
        if word in keywords:
            self._next += 1
            return word
        return ""

    def expect(self, keyword: str) -> None:
        if not self.takes(keyword):
            raise self.error()

    def expect_end(self) -> None:
        if self.ahead:
            raise self.error()

    def error(self) -> Exception:
        return invalid(f"Invalid expression: Syntax error; expression: {self._text}")


@dataclass(frozen=True)
class Given:
    """An item, and what the placeholders of an expression stand for."""

    item: Item
    names: Mapping[str, str]
    values: Mapping[str, Value]

    @classmethod
    def by(cls, request: Mapping[str, Any], item: Item) -> Given:
        """Take the placeholders from a request."""
        return cls(item, request.get("ExpressionAttributeNames", {}), request.get("ExpressionAttributeValues", {}))

    def name(self, word: str) -> str:
        if not word.startswith("#"):
            return word
        if word not in self.names:
            raise invalid(f"An expression attribute name used in the document path is not defined; {word}")
        return self.names[word]

    def value(self, word: str) -> Value:
        if word not in self.values:
            raise invalid(f"An expression attribute value used in expression is not defined; {word}")
        return self.values[word]


PathOf = Callable[[Given], Path]
Operand = Callable[[Given], Value | None]
Condition = Callable[[Given], bool]
Update = Callable[[Given], list[Change]]
_Action = Callable[[Given], Change | None]


def _path(words: Words) -> PathOf:
    """Read a path: `#a.b[1]`."""
    steps: list[str | int] = [words.take()]
    while sign := words.takes(".", "["):
        steps.append(words.take() if sign == "." else int(words.take()))
        if sign == "[":
            words.expect("]")
    frozen = tuple(steps)

    def resolve(given: Given) -> Path:
        return tuple(step if isinstance(step, int) else given.name(step) for step in frozen)

    return resolve


def _operand(words: Words) -> Operand:
    """A value, a path or `size(path)`."""
    if words.ahead.startswith(":"):
        word = words.take()
        return lambda given: given.value(word)
    if words.calls("size"):
        (measured,) = _arguments(words)
        return lambda given: {"N": str(length(found))} if (found := measured(given)) else None
    where = _path(words)
    return lambda given: find(given.item, where(given))


def _arguments(words: Words) -> Iterator[Operand]:
    """`(a, b)`, each read in its turn."""
    words.expect("(")
    yield _operand(words)
    while words.takes(","):
        yield _operand(words)
    words.expect(")")


def _pair(words: Words, first: Callable[[Words], _F], second: Callable[[Words], _S]) -> tuple[_F, _S]:
    """`(a, b)`, no more and no less."""
    words.expect("(")
    one = first(words)
    words.expect(",")
    other = second(words)
    words.expect(")")
    return one, other


@cache
def condition(text: str) -> Condition:
    """Compile a condition. ValidationException for what is no expression."""
    words = Words(text)
    compiled = _any(words)
    words.expect_end()
    return compiled


def _any(words: Words) -> Condition:
    each = [_all(words)]
    while words.takes("OR"):
        each.append(_all(words))
    return each[0] if len(each) == 1 else lambda given: any(holds(given) for holds in each)


def _all(words: Words) -> Condition:
    each = [_not(words)]
    while words.takes("AND"):
        each.append(_not(words))
    return each[0] if len(each) == 1 else lambda given: all(holds(given) for holds in each)


def _not(words: Words) -> Condition:
    if words.takes("NOT"):
        inner = _not(words)
        return lambda given: not inner(given)
    if words.takes("("):
        inner = _any(words)
        words.expect(")")
        return inner
    if name := words.calls(*_FUNCTIONS):
        holds, parts = _FUNCTIONS[name], tuple(_arguments(words))
        return lambda given: holds(*(part(given) for part in parts))
    return _comparison(words)


def _comparison(words: Words) -> Condition:
    left = _operand(words)
    if words.takes("BETWEEN"):
        low, high = _bounds(words)
        return lambda given: _ordered(low(given), "<=", left(given)) and _ordered(left(given), "<=", high(given))
    if words.takes("IN"):
        choices = tuple(_arguments(words))
        return lambda given: any(_equal(left(given), choice(given)) for choice in choices)
    sign = words.takes("=", "<>", *_ORDERS)
    if not sign:
        raise words.error()
    right = _operand(words)
    if sign == "=":
        return lambda given: _equal(left(given), right(given))
    if sign == "<>":
        return lambda given: not _equal(left(given), right(given))
    return lambda given: _ordered(left(given), sign, right(given))


def _bounds(words: Words) -> tuple[Operand, Operand]:
    """`low AND high`."""
    low = _operand(words)
    words.expect("AND")
    return low, _operand(words)


def _equal(left: Value | None, right: Value | None) -> bool:
    return left is not None and right is not None and equal(left, right)


def _ordered(left: Value | None, sign: str, right: Value | None) -> bool:
    if left is None or right is None:
        return False
    one, other = order_key(left, right), order_key(right, left)
    return one is not None and other is not None and _ORDERS[sign](one, other)


_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _begins_with(value: Value | None, start: Value | None) -> bool:
    return bool(value and start and "S" in value and "S" in start and value["S"].startswith(start["S"]))


def _contains(value: Value | None, part: Value | None) -> bool:
    if value is None or part is None:
        return False
    ((kind, content), (part_kind, part_content)) = (*value.items(), *part.items())
    if kind == "S":
        return part_kind == "S" and part_content in content
    if kind == "L":
        return any(equal(each, part) for each in content)
    return bool(kind == part_kind + "S" and part_content in content)


_FUNCTIONS: dict[str, Callable[..., bool]] = {
    "attribute_exists": lambda value: value is not None,
    "attribute_not_exists": lambda value: value is None,
    "attribute_type": lambda value, name: value is not None and type_of(value) == name["S"],
    "begins_with": _begins_with,
    "contains": _contains,
}


@dataclass(frozen=True)
class Term:
    """Of a key condition: `name sign value`, `name BETWEEN low AND high` or `begins_with(name, value)`."""

    name: PathOf
    sign: str
    values: tuple[Operand, ...]


@cache
def key_condition(text: str) -> tuple[Term, ...]:
    """Compile a key condition: terms that all hold."""
    words = Words(text)
    terms = _terms(words)
    words.expect_end()
    return tuple(terms)


def _terms(words: Words) -> list[Term]:
    terms = _term(words)
    while words.takes("AND"):
        terms += _term(words)
    return terms


def _term(words: Words) -> list[Term]:
    if words.takes("("):
        terms = _terms(words)
        words.expect(")")
        return terms
    if words.calls("begins_with"):
        name, prefix = _pair(words, _path, _operand)
        return [Term(name, "begins_with", (prefix,))]
    name = _path(words)
    if words.takes("BETWEEN"):
        return [Term(name, "BETWEEN", _bounds(words))]
    if sign := words.takes("=", *_ORDERS):
        return [Term(name, sign, (_operand(words),))]
    if words.takes("<>", "IN"):
        raise invalid("Invalid operator used in KeyConditionExpression")
    raise words.error()


@cache
def update(text: str) -> Update:
    """Compile an update: all that it reads is the item as it was before. ValidationException for no expression."""
    words, actions = Words(text), []
    while clause := words.takes(*_CLAUSES):
        actions.append(_CLAUSES[clause](words))
        while words.takes(","):
            actions.append(_CLAUSES[clause](words))
    if words.ahead or not actions:
        raise words.error()
    return lambda given: [change for action in actions if (change := action(given))]


def _set(words: Words) -> _Action:
    where = _path(words)
    words.expect("=")
    value = _assigned(words)
    return lambda given: (where(given), value(given))


def _remove(words: Words) -> _Action:
    where = _path(words)
    return lambda given: (where(given), None)


def _add(words: Words) -> _Action:
    where, value = _path(words), _operand(words)

    def act(given: Given) -> Change:
        at, new = where(given), value(given)
        old = find(given.item, at)
        if new is None or type_of(new) not in {"N", *SETS}:
            raise invalid("Incorrect operand type for operator or function; operator: ADD")
        if old is None:
            return at, new
        return at, add(old, new) if "N" in new else united(old, new)

    return act


def _delete(words: Words) -> _Action:
    where, value = _path(words), _operand(words)

    def act(given: Given) -> Change | None:
        at, removed = where(given), value(given)
        old = find(given.item, at)
        if removed is None or type_of(removed) not in SETS:
            raise invalid("Incorrect operand type for operator or function; operator: DELETE")
        return (at, without(old, removed)) if old is not None else None

    return act


_CLAUSES: dict[str, Callable[[Words], _Action]] = {"SET": _set, "REMOVE": _remove, "ADD": _add, "DELETE": _delete}


def _assigned(words: Words) -> Operand:
    """The right side of a SET: one operand, or two with a sign between them. A path must exist."""
    left = _assigned_operand(words)
    sign = words.takes("+", "-")
    if not sign:
        return left
    right, factor = _assigned_operand(words), 1 if sign == "+" else -1
    return lambda given: add(_there(left(given)), _there(right(given)), factor)


def _assigned_operand(words: Words) -> Operand:
    if words.calls("if_not_exists"):
        where, otherwise = _pair(words, _path, _assigned_operand)
        return lambda given: find(given.item, where(given)) or otherwise(given)
    if words.calls("list_append"):
        one, other = _pair(words, _assigned_operand, _assigned_operand)
        return lambda given: {"L": [*_list(one(given)), *_list(other(given))]}
    found = _operand(words)
    return lambda given: _there(found(given))


def _list(value: Value | None) -> list[Any]:
    found = _there(value)
    if "L" not in found:
        raise invalid(WRONG_TYPE)
    content: list[Any] = found["L"]
    return content


def _there(value: Value | None) -> Value:
    if value is None:
        raise invalid("The provided expression refers to an attribute that does not exist in the item")
    return value


def projection(text: str, given: Given) -> list[Path]:
    """Return the paths of `a, #b.c, d[1]`."""
    words = Words(text)
    found = [_path(words)(given)]
    while words.takes(","):
        found.append(_path(words)(given))
    words.expect_end()
    return found
