"""The limits of JSON that is stored, sent on and read again by readers of many kinds, and must stay as it is."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from itertools import chain
from typing import Any

from greenroom.domain.errors import FieldError, InvalidRequest

MAX_BODY_BYTES = 16 * 1024
MAX_DEPTH = 16
# Beyond them a double, which most JSON readers make of a number, no longer tells neighbours apart (RFC 8785, RFC 7493);
# Step Functions makes doubles of integers from 2^63 on. 1e20 is such a number too: a reader may write it out in full.
MAX_INTEGER = 2**53 - 1


def parse_json(text: str) -> Any:
    """Parse JSON of finite numbers. ValueError or RecursionError if it is none."""
    return json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)


def ensure_it_can_be_kept(raw: dict[str, Any]) -> None:
    """InvalidRequest unless it is small, not too deep, and of finite numbers and whole characters."""
    try:
        if _depth(raw) > MAX_DEPTH:
            raise InvalidRequest([FieldError("body", f"must not be nested more than {MAX_DEPTH} deep")])
        size = len(json.dumps(raw, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode())
    except (RecursionError, ValueError):
        raise InvalidRequest([FieldError("body", "must be JSON of finite numbers and whole characters")]) from None
    if size > MAX_BODY_BYTES:
        raise InvalidRequest([FieldError("body", f"must not be larger than {MAX_BODY_BYTES} bytes")])
    # A field that is itself a number has a rule of its own, which is narrower.
    nested = {name: value for name, value in raw.items() if isinstance(value, dict | list)}
    numbers = _numbers_out_of_range(nested)
    if (first := next(numbers, None)) is not None:
        raise InvalidRequest(chain([first], numbers))


def _depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max((_depth(item) for item in inner), default=0)


def _numbers_out_of_range(value: Any, path: str = "") -> Iterator[FieldError]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _numbers_out_of_range(item, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _numbers_out_of_range(item, f"{path}[{index}]")
    elif isinstance(value, int | float) and abs(value) > MAX_INTEGER:
        yield FieldError(path, f"must not be a number beyond ±{MAX_INTEGER}: write it as text")


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    """`1e999` is JSON, but no float; it would be kept as Infinity, which is not JSON."""
    if math.isinf(number := float(text)):
        raise ValueError(f"{text} is too large")
    return number
