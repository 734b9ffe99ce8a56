"""The doors of a deployment in memory."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class SwingingDoors:
    """Open until a test closes them."""

    open: bool = True

    def are_open(self) -> bool:
        return self.open
