"""The stack that a command is for."""

from __future__ import annotations

from dataclasses import dataclass

DEFAULT_STACK = "Greenroom"


@dataclass(frozen=True)
class Target:
    """The stack, as the options of a command name it. None: the default."""

    stack: str | None = None
    profile: str | None = None
    region: str | None = None

    @property
    def is_anywhere(self) -> bool:
        """Return whether no option names a target, so that the environment (`.greenroom/env`) may."""
        return self == Target()
