"""The longest waits, of which too few were seen for a density: how fast they grow fewer is all that can be learned."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate, pairwise

from greenroom.flow.learning.cells import Cells

# The tail begins where so many of the waits seen are left, and no more than this part of them.
LONGEST, LONGEST_PART = 10.0, 0.1
# Before any is seen, their number falls with this power of the time waited; that counts as one wait.
USUAL_POWER = 1.5


def with_tail(cells: Cells, shares: Sequence[float], weight: float) -> list[float]:
    """Return the shares of waits that end in each cell, with those of the longest waits as a power of the time waited.

    `shares`: one for each cell; together 1. `weight`: how many waits were seen. The power is Hill's estimate (Hill
    1975, doi:10.1214/aos/1176343247), where what ends after the last edge counts as not over by then. It falls steeply
    where all waits are alike, and leaves no gap between the few long ones.
    """
    left = [1.0, *(1 - ended for ended in accumulate(shares[:-1]))]
    longest = min(LONGEST, weight * LONGEST_PART)
    first = max((cell for cell, share in enumerate(left) if share * weight >= longest), default=0)
    begin = cells.edges[first]
    if longest < 1 or begin == 0:
        return list(shares)
    times = [*cells.middles[first:], cells.edges[-1]]
    growth = sum(share * math.log(time / begin) for share, time in zip(shares[first:], times, strict=True))
    ended = left[first] - shares[-1]
    power = (ended * weight + 1) / (growth * weight + 1 / USUAL_POWER)
    tail = [left[first] * (edge / begin) ** -power for edge in cells.edges[first:]]
    return [*shares[:first], *(before - after for before, after in pairwise(tail)), tail[-1]]
