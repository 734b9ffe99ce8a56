"""The doors of a deployment: whether anything new is accepted. `greenroom drain` closes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from greenroom.domain.errors import DoorsClosed

DOORS_ITEM = "doors"
"""The id of the item, in the table of paces, that is there while the doors are closed. No pace has this name."""


class Doors(Protocol):
    def are_open(self) -> bool:
        """Return what was true some seconds ago at the latest; True where nothing can be read."""
        ...


def ensure_open(doors: Doors, is_known: Callable[[], bool] = lambda: False) -> None:
    """Raise DoorsClosed for something new while nothing new is accepted.

    `is_known` says whether it was accepted before; it is asked only while the doors are closed.
    """
    if not doors.are_open() and not is_known():
        raise DoorsClosed("Nothing new is accepted: this deployment is being drained")
