"""Smoothing a density: finely where observations are dense, widely where they are few."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from greenroom.flow.learning.cells import Cells

# A cell is smoothed no further than over its neighbours that hold this share of all observations, over the cube root of
# how many observations there are. In the tails it is this part of it, and so many times what is further out.
SHARE = 2.0
TAIL_PART, TAIL_FACTOR = 0.1, 2.0


class Smoother:
    """Spreads what is in each cell evenly over the cells around it.

    `shares`: how much is in each cell, roughly; the last one, which has no end, is left as it is.
    `weight`: how many observations there are. `reach`: how far they are smoothed at most, in parts of the time waited.
    Both this and the share of observations shrink with the cube root of `weight`.
    """

    def __init__(self, cells: Cells, shares: Sequence[float], *, weight: float, reach: float) -> None:
        narrowing = max(1.0, weight) ** (-1 / 3)
        self._widths = cells.widths
        limits = [
            int(reach * narrowing * middle / width) for middle, width in zip(cells.middles, cells.widths, strict=True)
        ]
        ends = [(max(0, cell - n), cell + n + 1) for cell, n in enumerate(_around(shares, limits, SHARE * narrowing))]
        edges, count = cells.edges, len(limits)
        self._targets = [(start, min(end, count)) for start, end in ends]
        self._rates = [1 / (edges[end] - edges[start]) for start, end in self._targets]

    def smooth(self, shares: Sequence[float]) -> list[float]:
        """Return the shares smoothed."""
        steps = [0.0] * len(shares)
        for share, rate, (start, end) in zip(shares, self._rates, self._targets, strict=False):
            steps[start] += share * rate
            steps[end] -= share * rate
        smoothed = [rate * width for rate, width in zip(accumulate(steps), self._widths, strict=False)]
        return [*smoothed, shares[-1]]


def _around(shares: Sequence[float], limits: Sequence[int], wanted: float) -> list[int]:
    """Over how many cells to either side each cell is smoothed: `wanted` is in them, or as many as its limit says."""
    before = [0.0, *accumulate(shares[: len(limits)])]
    total = before[-1]
    most = max(limits) + 1
    # Cells beyond either end are asked for, and are empty.
    below = [0.0] * most + before + [total] * most
    around, result = 0, []
    for cell, limit in enumerate(limits):
        outside = min(before[cell + 1], total - before[cell])
        share = min(wanted * total, TAIL_PART * wanted * total + TAIL_FACTOR * outside)
        start, end = cell + most, cell + most + 1
        around = min(around, limit)
        while around and below[end + around - 1] - below[start - around + 1] >= share:
            around -= 1
        while around < limit and below[end + around] - below[start - around] < share:
            around += 1
        result.append(around)
    return result
