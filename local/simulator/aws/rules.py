"""The rules of a service model for an operation's input, all of them: botocore's own validator knows only some."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sized
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape
from botocore.validate import ParamValidator


def broken_rules(parameters: dict[str, Any], shape: StructureShape) -> list[str]:
    """Say what in the input is not as the model says; each line names the member. A value is quoted only by botocore.

    botocore checks types, required members and minima; maxima, enums and patterns are checked here.
    """
    report = ParamValidator().validate(parameters, shape)
    problems = report.generate_report().splitlines() if report.has_errors() else []
    return problems + [f"Invalid value for parameter {problem}" for problem in _broken(parameters, shape, "")]


def _broken(value: Any, shape: Shape, path: str) -> Iterator[str]:
    for inner, inner_shape, inner_path in _inside(value, shape, path):
        yield from _broken(inner, inner_shape, inner_path)
    limit, size = shape.metadata.get("max"), len(value) if isinstance(value, Sized) else value
    if limit is not None and isinstance(size, int) and size > limit:
        yield f"{path}: {size} is more than the maximum {limit}"
    choices = shape.metadata.get("enum")
    if choices and value not in choices:
        yield f"{path}: must be one of {', '.join(choices)}"
    pattern = shape.metadata.get("pattern")
    if pattern and isinstance(value, str) and not re.fullmatch(pattern, value):
        yield f"{path}: must have the pattern {pattern}"


def _inside(value: Any, shape: Shape, path: str) -> Iterator[tuple[Any, Shape, str]]:
    match shape:
        case StructureShape() if isinstance(value, dict):
            for name in (name for name in shape.members if name in value):
                yield value[name], shape.members[name], f"{path}.{name}".removeprefix(".")
        case MapShape() if isinstance(value, dict):
            for key, item in value.items():
                yield key, shape.key, f"{path} (key)"
                yield item, shape.value, f"{path}.{key}"
        case ListShape() if isinstance(value, list):
            for index, item in enumerate(value):
                yield item, shape.member, f"{path}[{index}]"
