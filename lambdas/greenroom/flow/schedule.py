"""When the flow looks at a stream that is not ready yet: the looks that were planned, and what follows them."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from typing import Any

# Seconds waited, and the pause that is right by then if nothing is known of a wait, and a look costs half a second of
# delay; it changes evenly in between. These were searched for, so that no log-normal wait with a median from 1 to
# 1,800 s and a sigma from 0.2 to 0.8 costs more than 1.3 times what the best of boto3's waiter and fixed pauses of 1, 5
# and 30 s costs. Waits that differ less than that have no such bound: they may all end just before one of those looks.
USUAL_PAUSES = (
    (0, 2.1),
    (2, 1.6),
    (4, 1.8),
    (6, 3.6),
    (10, 5.0),
    (20, 5.2),
    (30, 6.0),
    (40, 7.0),
    (60, 9.0),
    (80, 12.5),
    (100, 17.5),
    (150, 23.0),
    (200, 26.0),
    (500, 25.0),
    (1000, 30.0),
    (2000, 35.0),
    (4000, 95.0),
    (86_400, 2000.0),
)
_TIMES = [time for time, _ in USUAL_PAUSES]
# The pause p is right where one in p² of the waits ends each second. So many times over they end until each time.
_USUAL_HAZARD = [
    0.0,
    *accumulate((end - start) / (pause * later) for (start, pause), (end, later) in pairwise(USUAL_PAUSES)),
]
# After so many seconds, a pause is one part in so many of the time waited: a history has room for so many events.
LONG_SECONDS, LONG_PARTS = 2700, 10


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
        that looks do not come later and later. After the last planned look come the usual pauses, longer in proportion
        if the last planned one is longer than usual.
        """
        seconds = math.floor(waited)
        if to_come := self.looks[bisect_right(self.looks, seconds) :]:
            return to_come[0] - seconds
        before, last = (0, 0, *self.looks)[-2:]
        longer = max(1.0, (last - before) / usual_pause(before))
        least = seconds / LONG_PARTS if seconds >= LONG_SECONDS else 1
        return max(round(longer * usual_pause(seconds)), math.ceil(least))

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


def usual_pause(seconds: float) -> float:
    """Return the pause in seconds that is right after so many, if nothing is known of the wait."""
    piece = usual_piece(seconds)
    (start, pause), (end, later) = USUAL_PAUSES[piece : piece + 2]
    return pause + (later - pause) * (seconds - start) / (end - start)


def usual_piece(seconds: float) -> int:
    """Return which of the pieces between the times of USUAL_PAUSES has this moment; the last goes on for ever."""
    return min(bisect_right(_TIMES, seconds), len(_TIMES) - 1) - 1


def usually_left(seconds: float) -> float:
    """Return the share of waits that take longer than so many seconds."""
    piece = usual_piece(seconds)
    start, pause = USUAL_PAUSES[piece]
    return math.exp(-_USUAL_HAZARD[piece] - (seconds - start) / (pause * usual_pause(seconds)))


def usual_looks(after: int, look_cost: float) -> Iterator[int]:
    """Yield when to look after so many whole seconds, on and on. `look_cost` is in seconds of delay."""
    look = after
    while True:
        # What a look costs enters by its square root: half of the pause is delay, and looks are one over the pause.
        look += max(1, round(usual_pause(look) * math.sqrt(2 * look_cost)))
        yield look
