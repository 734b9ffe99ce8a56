"""When the flow looks at a stream that is not ready yet: the looks that were planned, and what follows them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

# After the last planned look, each pause is one part in so many of the time that was waited.
GROWTH_PARTS = 10


@dataclass(frozen=True)
class Schedule:
    """The looks at one stream, as planned before it is waited for; all in whole seconds since the wait began."""

    looks: tuple[int, ...]
    """When to look, ascending, each at least 1."""
    median: int
    """Half of the waits are over by then."""
    latest: int
    """Nine waits in ten are over by then."""

    def pause(self, waited: float) -> int:
        """Return the whole seconds from a look, or the beginning, until the next look, at least 1.

        `waited` is how long the wait lasts by then. Its fraction is the time that calls have taken, and is left out, so
        that looks do not come later and later.
        """
        seconds = math.floor(waited)
        planned = (look for look in self.looks if look > seconds)
        return max(1, next(planned, seconds + math.ceil(seconds / GROWTH_PARTS)) - seconds)

    def within(self, seconds: int) -> Schedule:
        """Return the schedule of a wait that ends then at the latest."""
        return replace(self, looks=tuple(look for look in self.looks if look < seconds) or self.looks[:1])

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> Schedule:
        """Return the schedule that `dump` wrote."""
        return cls(tuple(data["looks"]), data["median"], data["latest"])

    def dump(self) -> dict[str, Any]:
        """Return the schedule as JSON has it: `{"looks": [...], "median": ..., "latest": ...}`."""
        return {"looks": list(self.looks), "median": self.median, "latest": self.latest}
