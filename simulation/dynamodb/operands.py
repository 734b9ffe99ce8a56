"""The operands of expressions: paths, placeholders of values, and the functions that return a value."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from simulation.dynamodb.errors import invalid
from simulation.dynamodb.lexer import Words
from simulation.dynamodb.values import Item, Path, Value, add, find, size


@dataclass(frozen=True)
class Given:
    """An item, and what the placeholders of an expression stand for."""

    item: Item
    names: Mapping[str, str]
    values: Mapping[str, Value]

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


Operand = Callable[[Given], Value | None]
PathOf = Callable[[Given], Path]


def path(words: Words) -> PathOf:
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


def operand(words: Words) -> Operand:
    """A value, a path or `size(path)`."""
    if words.ahead.startswith(":"):
        return _placeholder(words)
    if words.ahead == "size" and words.ahead_of_it == "(":
        words.take()
        (measured,) = arguments(words, operand)
        return lambda given: {"N": str(size(found))} if (found := measured(given)) else None
    where = path(words)
    return lambda given: find(given.item, where(given))


def _placeholder(words: Words) -> Operand:
    word = words.take()
    return lambda given: given.value(word)


def arguments(words: Words, read: Callable[[Words], Any]) -> Iterator[Any]:
    """`(a, b)`, each read in its turn."""
    words.expect("(")
    yield read(words)
    while words.takes(","):
        yield read(words)
    words.expect(")")


def assigned(words: Words) -> Operand:
    """The right side of a SET: one operand, or two with a sign between them. A path must exist."""
    left = _assigned_operand(words)
    sign = words.takes("+", "-")
    if not sign:
        return left
    right, factor = _assigned_operand(words), 1 if sign == "+" else -1
    return lambda given: add(_there(left(given)), _there(right(given)), factor)


def _assigned_operand(words: Words) -> Operand:
    name, is_call = words.ahead, words.ahead_of_it == "("
    if is_call and name == "if_not_exists":
        words.take()
        words.expect("(")
        where = path(words)
        words.expect(",")
        otherwise = _assigned_operand(words)
        words.expect(")")
        return lambda given: find(given.item, where(given)) or otherwise(given)
    if is_call and name == "list_append":
        words.take()
        one, other = arguments(words, _assigned_operand)
        return lambda given: {"L": [*_list(one(given)), *_list(other(given))]}
    found = operand(words)
    return lambda given: _there(found(given))


def _list(value: Value | None) -> list[Any]:
    found = _there(value)
    if "L" not in found:
        raise invalid("An operand in the update expression has an incorrect data type")
    content: list[Any] = found["L"]
    return content


def _there(value: Value | None) -> Value:
    if value is None:
        raise invalid("The provided expression refers to an attribute that does not exist in the item")
    return value
