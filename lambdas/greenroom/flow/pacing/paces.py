"""The port to what all executions know of the pace of one operation: a few numbers under one name."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Protocol

Numbers = Mapping[str, float]

VERSION = "version"
"""Counts the changes. A number of this name is there exactly when there is a pace."""
SEEN = "seen"
"""When a call last had to wait for its turn, in seconds since the epoch."""
TTL = "ttl"
"""When the numbers may be forgotten, in whole seconds since the epoch."""


@dataclass(frozen=True)
class Change:
    """A change of the numbers as they were at `version`, 0 when there were none; it makes the version one higher."""

    version: int
    put: Numbers
    add: Mapping[str, int] = field(default_factory=dict)
    remove: Collection[str] = ()


class Paces(Protocol):
    """Every call raises PaceUnavailable when the numbers could not be read or written."""

    def read(self, name: str, *, consistent: bool) -> Numbers:
        """Return the numbers, none if there is no pace of that name. Inconsistent, they may be a second old."""
        ...

    def add(self, name: str, amounts: Mapping[str, int], *, seen: float | None = None) -> Numbers:
        """Add to the numbers in one step, set SEEN if it is given, and return all; without a pace, do nothing."""
        ...

    def change(self, name: str, change: Change) -> bool:
        """Make the change in one step. False, and nothing changed, if the version is no longer the change's."""
        ...
