"""The longest waits, of which too few were seen for a density: how fast they grow fewer is all that can be learned."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate, pairwise

# The tail begins where so many of the waits seen are left, and no more than this part of them.
LONGEST, LONGEST_PART = 10.0, 0.1
# Before any is seen, their number falls with this power of the time waited; that counts as one wait.
USUAL_POWER = 1.5


def with_tail(edges: Sequence[int], shares: Sequence[float], weight: float) -> list[float]:
    """Return the shares of waits that end in each cell, with those of the longest waits as a power of the time waited.

    `shares`: one for each pair of `edges`, and what ends after the last; together 1. `weight`: how many waits were
    seen. The power is Hill's estimate (Hill 1975, doi:10.1214/aos/1176343247), where what ends after the last edge
    counts as not over by then. It falls steeply where all waits are alike, and leaves no gap between the few long ones.
    """
    left = [1.0, *(1 - ended for ended in accumulate(shares[:-1]))]
    longest = min(LONGEST, weight * LONGEST_PART)
    start = max((cell for cell, share in enumerate(left) if share * weight >= longest), default=0)
    begin = edges[start]
    if longest < 1 or begin == 0:
        return list(shares)
    middles = [(start + end) / 2 for start, end in pairwise(edges[start:])] + [edges[-1]]
    growth = sum(share * math.log(middle / begin) for share, middle in zip(shares[start:], middles, strict=True))
    ended = left[start] - shares[-1]
    power = (ended * weight + 1) / (growth * weight + 1 / USUAL_POWER)
    tail = [left[start] * (edge / begin) ** -power for edge in edges[start:]]
    return [*shares[:start], *(before - after for before, after in pairwise(tail)), tail[-1]]
