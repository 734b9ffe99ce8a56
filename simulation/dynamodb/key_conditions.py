"""Key conditions, compiled: which part of which partition a query reads."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from simulation.dynamodb.errors import invalid
from simulation.dynamodb.lexer import Words
from simulation.dynamodb.operands import Given, Operand, PathOf, operand, path
from simulation.dynamodb.ordered import Entry
from simulation.dynamodb.values import rank, type_of

_SIGNS = ("=", "<", "<=", ">", ">=")


@dataclass(frozen=True)
class _Term:
    """`name sign value`, `name BETWEEN low AND high` or `begins_with(name, value)`."""

    name: PathOf
    sign: str
    values: tuple[Operand, ...]


@dataclass(frozen=True)
class Part:
    """Of a partition, by its key's value, those entries whose sort key is within `bounds`, which finds them."""

    partition: str
    bounds: Callable[[Sequence[Entry]], tuple[int, int]]


def part(text: str, given: Given, key: Sequence[str], type_of_key: Callable[[str], str]) -> Part:
    """Return what a key condition asks for of a table or index with this key."""
    by_name: dict[str, _Term] = {}
    for term in _terms(text):
        name = str(term.name(given)[0])
        if name not in key:
            raise invalid(f"Query condition names what is no key: {name}")
        if name in by_name:
            raise invalid("KeyConditionExpressions must only contain one condition per key")
        by_name[name] = term
    if key[0] not in by_name:
        raise invalid(f"Query condition missed key schema element: {key[0]}")
    if by_name[key[0]].sign != "=":
        raise invalid("Query key condition not supported")
    (partition,) = _ranks(by_name[key[0]], given, type_of_key(key[0]))
    if len(by_name) == 1:
        return Part(str(partition), lambda entries: (0, len(entries)))
    term = by_name[key[1]]
    return Part(str(partition), _bounds(term.sign, _ranks(term, given, type_of_key(key[1]))))


@cache
def _terms(text: str) -> tuple[_Term, ...]:
    words = Words(text)
    terms = _all(words)
    if words.ahead:
        raise words.error()
    return tuple(terms)


def _all(words: Words) -> list[_Term]:
    terms = _one(words)
    while words.takes("AND"):
        terms += _one(words)
    return terms


def _one(words: Words) -> list[_Term]:
    if words.takes("("):
        terms = _all(words)
        words.expect(")")
        return terms
    if words.ahead == "begins_with" and words.ahead_of_it == "(":
        words.take()
        words.expect("(")
        name = path(words)
        words.expect(",")
        prefix = operand(words)
        words.expect(")")
        return [_Term(name, "begins_with", (prefix,))]
    name = path(words)
    if words.takes("BETWEEN"):
        low = operand(words)
        words.expect("AND")
        return [_Term(name, "BETWEEN", (low, operand(words)))]
    sign = words.takes(*_SIGNS)
    if not sign:
        raise _not_supported(words)
    return [_Term(name, sign, (operand(words),))]


def _not_supported(words: Words) -> Exception:
    if words.takes("<>", "IN"):
        return invalid("Invalid operator used in KeyConditionExpression")
    return words.error()


def _ranks(term: _Term, given: Given, wanted: str) -> list[Any]:
    values = [value(given) for value in term.values]
    if any(value is None or type_of(value) != wanted for value in values):
        raise invalid("One or more parameter values were invalid: Condition parameter type does not match schema type")
    return [rank(value) for value in values if value is not None]


def _bounds(sign: str, ranks: Sequence[Any]) -> Callable[[Sequence[Entry]], tuple[int, int]]:
    first, last = ranks[0], ranks[-1]
    match sign:
        case "=" | "BETWEEN":
            return lambda entries: (_left(entries, first), _right(entries, last))
        case "<":
            return lambda entries: (0, _left(entries, first))
        case "<=":
            return lambda entries: (0, _right(entries, first))
        case ">":
            return lambda entries: (_right(entries, first), len(entries))
        case ">=":
            return lambda entries: (_left(entries, first), len(entries))
    return lambda entries: (
        _left(entries, first),
        bisect_right(entries, first, key=lambda entry: entry.rank[: len(first)]),
    )


def _left(entries: Sequence[Entry], wanted: Any) -> int:
    return bisect_left(entries, wanted, key=_rank)


def _right(entries: Sequence[Entry], wanted: Any) -> int:
    return bisect_right(entries, wanted, key=_rank)


def _rank(entry: Entry) -> Any:
    return entry.rank
