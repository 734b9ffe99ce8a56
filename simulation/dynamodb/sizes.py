"""How large DynamoDB takes an item to be.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any


def size(item: Mapping[str, Any]) -> int:
    """Return the bytes of an item: of the names, in UTF-8, and of the values."""
    return sum(len(name.encode()) + size_of(value) for name, value in item.items())


def size_of(value: Mapping[str, Any]) -> int:
    """Return the bytes of one value."""
    ((kind, content),) = value.items()
    match kind:
        case "N":
            return _of_number(content)
        case "BOOL" | "NULL":
            return 1
        case "SS" | "BS":
            return sum(len(each.encode()) for each in content)
        case "NS":
            return sum(map(_of_number, content))
        case "L" | "M":
            return 3 + len(content) + (size(content) if kind == "M" else sum(map(size_of, content)))
    return len(str(content).encode())


def _of_number(text: str) -> int:
    return math.ceil(len(str(text).strip("-").replace(".", "").strip("0")) / 2) + 1
