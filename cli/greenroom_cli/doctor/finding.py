"""A line of the doctor."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Health(StrEnum):
    """`unknown`: the caller's permissions do not let it be seen, or there is nothing to go by."""

    WELL = "well"
    UNWELL = "unwell"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Finding:
    """`subject` was looked at, `told` is what was seen, `todo` what to do about it; empty where all is well."""

    subject: str
    health: Health
    told: str
    todo: str = ""

    @property
    def as_json(self) -> dict[str, Any]:
        shown = {"subject": self.subject, "health": self.health.value, "told": self.told, "todo": self.todo}
        return {name: value for name, value in shown.items() if value}


def well(subject: str, told: str) -> Finding:
    return Finding(subject, Health.WELL, told)


def unwell(subject: str, told: str, todo: str) -> Finding:
    return Finding(subject, Health.UNWELL, told, todo)


def unknown(subject: str, told: str, todo: str = "") -> Finding:
    return Finding(subject, Health.UNKNOWN, told, todo)
