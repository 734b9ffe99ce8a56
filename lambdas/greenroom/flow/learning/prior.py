"""The waits that are plausible anywhere, before anything is seen of a pool."""

from __future__ import annotations

import math
from bisect import bisect_right
from itertools import accumulate, pairwise

# Seconds waited, and the pause that is right by then where a look costs half a second: it grows evenly in between.
# These pauses were searched for, so that no log-normal wait with a median from 1 to 1,800 s and a sigma from 0.2 to 0.8
# costs more than 1.3 times what the best of boto3's waiter and fixed pauses of 1, 5 and 30 s costs. Where waits differ
# less than that, and happen to end just before one of these looks, there is no such bound.
_PAUSES = (
    (0, 2.2),
    (2, 2.2),
    (4, 1.6),
    (6, 3.7),
    (10, 5.3),
    (20, 5.0),
    (30, 7.5),
    (40, 6.3),
    (60, 10.0),
    (80, 11.5),
    (100, 16.0),
    (150, 26.0),
    (500, 26.0),
    (1000, 30.0),
    (2000, 37.5),
    (4000, 70.0),
    (86_400, 1500.0),
)
# Pauses p are right where one wait in p² ends each second. Up to each time, that many have ended.
_TIMES = [time for time, _ in _PAUSES]
_ENDED = [
    0.0,
    *accumulate((end - start) / (pause * later) for (start, pause), (end, later) in pairwise(_PAUSES)),
]


def left(seconds: float) -> float:
    """Return the share of waits that take longer than so many seconds."""
    piece = min(bisect_right(_TIMES, seconds), len(_TIMES) - 1) - 1
    (start, pause), (end, later) = _PAUSES[piece : piece + 2]
    now = pause + (later - pause) * (seconds - start) / (end - start)
    return math.exp(-_ENDED[piece] - (seconds - start) / (pause * now))
