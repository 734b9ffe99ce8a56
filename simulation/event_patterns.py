"""The part of EventBridge's pattern language that the filters use, as its guide describes it.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html: every field of a pattern
must match; a list holds alternatives; an alternative is a value, or `{"exists": …}`, which looks at leaves only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_ABSENT = object()


def matches(pattern: Mapping[str, Any], event: Any) -> bool:
    for name, wanted in pattern.items():
        found = event.get(name, _ABSENT) if isinstance(event, Mapping) else _ABSENT
        if isinstance(wanted, list):
            if not any(_fits(alternative, found) for alternative in wanted):
                return False
        elif not matches(wanted, found):
            return False
    return True


def _fits(alternative: Any, found: Any) -> bool:
    if isinstance(alternative, Mapping):
        (operator,) = alternative.items()
        if operator[0] != "exists":
            raise NotImplementedError(operator[0])
        is_leaf = found is not _ABSENT and not isinstance(found, Mapping)
        return is_leaf is operator[1]
    return found is not _ABSENT and type(found) is type(alternative) and bool(found == alternative)
