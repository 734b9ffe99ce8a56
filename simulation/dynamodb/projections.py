"""Projections: an item of only some of its paths."""

from __future__ import annotations

from typing import Any

from simulation.dynamodb.lexer import Words
from simulation.dynamodb.operands import Given, path
from simulation.dynamodb.values import Item, Path, find


def paths_of(text: str, given: Given) -> list[Path]:
    """Read `a, #b.c, d[1]`."""
    words = Words(text)
    found = [path(words)(given)]
    while words.takes(","):
        found.append(path(words)(given))
    if words.ahead:
        raise words.error()
    return found


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
