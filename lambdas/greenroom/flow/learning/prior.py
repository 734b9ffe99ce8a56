"""The waits that are plausible anywhere, and when to look at them, before anything is seen of a pool."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import accumulate, pairwise

from greenroom.flow.schedule import USUAL_PAUSES, usual_pause, usual_piece

# The pause p is right where one in p² of the waits ends each second. So many times over they end until each time.
_HAZARD = [
    0.0,
    *accumulate((end - start) / (pause * later) for (start, pause), (end, later) in pairwise(USUAL_PAUSES)),
]


def left(seconds: float) -> float:
    """Return the share of waits that take longer than so many seconds."""
    piece = usual_piece(seconds)
    start, pause = USUAL_PAUSES[piece]
    return math.exp(-_HAZARD[piece] - (seconds - start) / (pause * usual_pause(seconds)))


def plausible_looks(after: int, look_cost: float) -> Iterator[int]:
    """Yield when to look after so many whole seconds, on and on. `look_cost` is in seconds of delay."""
    look = after
    while True:
        # What a look costs enters by its square root: half of the pause is delay, and looks are one over the pause.
        look += max(1, round(usual_pause(look) * math.sqrt(2 * look_cost)))
        yield look
