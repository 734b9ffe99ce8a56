"""Update expressions, compiled: each text once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from simulation.dynamodb.errors import invalid
from simulation.dynamodb.lexer import Words
from simulation.dynamodb.operands import Given, PathOf, assigned, operand, path
from simulation.dynamodb.values import SETS, Item, Path, Value, add, find, type_of, united, without

Change = tuple[Path, Value | None]
"""The value that a path gets; None: it is removed."""
Action = Callable[[Given], Change | None]
Update = Callable[[Given], list[Change]]
_BAD_PATH = "The document path provided in the update expression is invalid for update"
_CLAUSES = ("SET", "REMOVE", "ADD", "DELETE")


@cache
def update(text: str) -> Update:
    """Compile an update: all that it reads is the item as it was before. ValidationException for no expression."""
    words, actions = Words(text), []
    while clause := words.takes(*_CLAUSES):
        actions.append(_ACTIONS[clause](words))
        while words.takes(","):
            actions.append(_ACTIONS[clause](words))
    if words.ahead or not actions:
        raise words.error()
    return lambda given: [change for action in actions if (change := action(given))]


def _set(words: Words) -> Action:
    where = path(words)
    words.expect("=")
    value = assigned(words)
    return lambda given: (where(given), value(given))


def _remove(words: Words) -> Action:
    where = path(words)
    return lambda given: (where(given), None)


def _add(words: Words) -> Action:
    where, value = path(words), operand(words)

    def act(given: Given) -> Change:
        at, new = where(given), value(given)
        old = find(given.item, at)
        if new is None or type_of(new) not in {"N", *SETS}:
            raise invalid("Incorrect operand type for operator or function; operator: ADD")
        if old is None:
            return at, new
        return at, add(old, new) if "N" in new else united(old, new)

    return act


def _delete(words: Words) -> Action:
    where: PathOf = path(words)
    value = operand(words)

    def act(given: Given) -> Change | None:
        at, removed = where(given), value(given)
        old = find(given.item, at)
        if removed is None or type_of(removed) not in SETS:
            raise invalid("Incorrect operand type for operator or function; operator: DELETE")
        return (at, without(old, removed)) if old is not None else None

    return act


_ACTIONS = {"SET": _set, "REMOVE": _remove, "ADD": _add, "DELETE": _delete}


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
