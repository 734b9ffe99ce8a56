"""Condition expressions, compiled: each text once."""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import cache
from typing import Any

from simulation.dynamodb.lexer import Words
from simulation.dynamodb.operands import Given, Operand, arguments, operand
from simulation.dynamodb.values import Value, equal, order_key, type_of

Condition = Callable[[Given], bool]

_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@cache
def condition(text: str) -> Condition:
    """Compile a condition. ValidationException for what is no expression."""
    words = Words(text)
    compiled = _any(words)
    if words.ahead:
        raise words.error()
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
    if words.ahead in _FUNCTIONS and words.ahead_of_it == "(":
        holds = _FUNCTIONS[words.take()]
        parts = tuple(arguments(words, operand))
        return lambda given: holds(*(part(given) for part in parts))
    return _comparison(words)


def _comparison(words: Words) -> Condition:
    left = operand(words)
    if words.takes("BETWEEN"):
        low = operand(words)
        words.expect("AND")
        high = operand(words)
        return lambda given: _ordered(low(given), "<=", left(given)) and _ordered(left(given), "<=", high(given))
    if words.takes("IN"):
        choices = tuple(arguments(words, operand))
        return lambda given: any(_equal(left(given), choice(given)) for choice in choices)
    sign = words.takes("=", "<>", *_ORDERS)
    if not sign:
        raise words.error()
    return _compared(left, sign, operand(words))


def _compared(left: Operand, sign: str, right: Operand) -> Condition:
    if sign == "=":
        return lambda given: _equal(left(given), right(given))
    if sign == "<>":
        return lambda given: not _equal(left(given), right(given))
    return lambda given: _ordered(left(given), sign, right(given))


def _equal(left: Value | None, right: Value | None) -> bool:
    return left is not None and right is not None and equal(left, right)


def _ordered(left: Value | None, sign: str, right: Value | None) -> bool:
    if left is None or right is None:
        return False
    one, other = order_key(left, right), order_key(right, left)
    return one is not None and other is not None and _ORDERS[sign](one, other)


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
