"""The waits that are plausible anywhere, and when to look at them, before anything is seen of a pool."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate, pairwise

# Seconds waited, and the pause that is right by then where a look costs half a second; it changes evenly in between.
# These were searched for, so that no log-normal wait with a median from 1 to 1,800 s and a sigma from 0.2 to 0.8 costs
# more than 1.3 times what the best of boto3's waiter and fixed pauses of 1, 5 and 30 s costs. Waits that differ less
# than that have no such bound: they may all end just before one of those looks.
_PAUSES = (
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
_TIMES = [time for time, _ in _PAUSES]
# The pause p is right where one in p² of the waits ends each second. So many times over they end until each time.
_HAZARD = [
    0.0,
    *accumulate((end - start) / (pause * later) for (start, pause), (end, later) in pairwise(_PAUSES)),
]


def left(seconds: float) -> float:
    """Return the share of waits that take longer than so many seconds."""
    piece = _piece(seconds)
    start, pause = _PAUSES[piece]
    return math.exp(-_HAZARD[piece] - (seconds - start) / (pause * _pause(seconds)))


def plausible_looks(after: int, look_cost: float) -> Iterator[int]:
    """Yield when to look after so many whole seconds, for about a day. `look_cost` is in seconds of delay."""
    look = after
    while look < _TIMES[-1]:
        # What a look costs enters by its square root: half of the pause is delay, and looks are one over the pause.
        look += max(1, round(_pause(look) * math.sqrt(2 * look_cost)))
        yield look


def _pause(seconds: float) -> float:
    piece = _piece(seconds)
    (start, pause), (end, later) = _PAUSES[piece : piece + 2]
    return pause + (later - pause) * (seconds - start) / (end - start)


def _piece(seconds: float) -> int:
    return min(bisect_right(_TIMES, seconds), len(_TIMES) - 1) - 1
