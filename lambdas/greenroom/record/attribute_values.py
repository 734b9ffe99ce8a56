"""Attribute values as DynamoDB and its streams write them, `{"S": "text"}`, and the Python values that they stand for.

Of the types, those that Greenroom keeps: text, bytes, numbers, true and false, maps, lists and sets of text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def to_attribute(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, str | bytes):
        return {"B": value} if isinstance(value, bytes) else {"S": str(value)}
    if isinstance(value, int | float):
        return {"N": str(value)}
    if isinstance(value, Mapping):
        return {"M": to_item(value)}
    if isinstance(value, set | frozenset):
        return {"SS": sorted(value)}
    return {"L": [to_attribute(item) for item in value]}


def from_attribute(attribute: Mapping[str, Any]) -> Any:
    ((kind, value),) = attribute.items()
    if kind == "N":
        return float(value) if set(value) & set(".eE") else int(value)
    if kind == "M":
        return from_item(value)
    if kind == "L":
        return [from_attribute(item) for item in value]
    return set(value) if kind == "SS" else value


def to_item(values: Mapping[str, Any]) -> dict[str, Any]:
    return {str(name): to_attribute(value) for name, value in values.items()}


def from_item(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: from_attribute(attribute) for name, attribute in item.items()}
