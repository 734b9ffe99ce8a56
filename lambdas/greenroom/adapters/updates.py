"""The parameters of an UpdateItem that writes only while a condition holds.

A path with a dot, such as `waits.stream`, is a member of a map.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from greenroom.record.attribute_values import to_item

Condition = Mapping[str, str | bool]
"""Attributes and the values that they must have; True: it must be there, False: it must not."""


def update(
    changes: Mapping[str, Any], condition: Condition, remove: Iterable[str], add: Mapping[str, Iterable[str]]
) -> dict[str, Any]:
    """Set `changes`, remove what `remove` names, and add texts to sets, where there are any to add."""
    added = {path: set(texts) for path, texts in add.items()}
    added = {path: texts for path, texts in added.items() if texts}
    clauses = {
        "SET": [f"{_path(path)} = :{_name(path)}" for path in changes],
        "REMOVE": [*map(_path, remove)],
        "ADD": [f"{_path(path)} :{_name(path)}" for path in added],
    }
    values: dict[str, Any] = {f":{_name(path)}": value for path, value in {**changes, **added}.items()}
    values |= {f":is_{_name(path)}": value for path, value in condition.items() if isinstance(value, str)}
    paths = [*changes, *remove, *condition, *added]
    found: dict[str, Any] = {
        "UpdateExpression": " ".join(f"{verb} {', '.join(what)}" for verb, what in clauses.items() if what),
        "ConditionExpression": " AND ".join(_holds(path, value) for path, value in condition.items()),
        "ExpressionAttributeNames": {f"#{name}": name for path in paths for name in path.split(".")},
    }
    return found | ({"ExpressionAttributeValues": to_item(values)} if values else {})


def _holds(path: str, value: str | bool) -> str:  # noqa: FBT001  # what a condition wants
    if isinstance(value, bool):
        return f"attribute_{'exists' if value else 'not_exists'}({_path(path)})"
    return f"{_path(path)} = :is_{_name(path)}"


def _path(path: str) -> str:
    return ".".join(f"#{name}" for name in path.split("."))


def _name(path: str) -> str:
    return path.replace(".", "_")
