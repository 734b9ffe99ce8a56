"""The shape of all JSON that travels between the state machine and its tasks."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from greenroom.domain.names import camel_case


@dataclass(frozen=True)
class Payload:
    """Names in camel case, as the ASL writes them; what is None is left out, times are ISO 8601.

    Only our own state machine writes them, so they are read as they are. Models that check would load pydantic, on
    which a function that starts would spend a third of its time.
    """

    def dump(self) -> dict[str, Any]:
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        return {camel_case(name): _plain(value) for name, value in given.items() if value is not None}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return value.dump() if hasattr(value, "dump") else value
