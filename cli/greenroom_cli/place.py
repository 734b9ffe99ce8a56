"""Where a command looks for the stack."""

from __future__ import annotations

from dataclasses import dataclass

DEFAULT_STACK = "Greenroom"


@dataclass(frozen=True)
class Place:
    """As the options of a command say it; None: as it comes."""

    stack: str | None = None
    profile: str | None = None
    region: str | None = None

    @property
    def is_anywhere(self) -> bool:
        """True where no option tells, so that the outputs in the environment (`.greenroom/env`) may."""
        return self == Place()
