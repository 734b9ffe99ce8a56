"""How likely a wait is to end when, from observations that say only between which two looks it ended."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate, pairwise

from greenroom.flow.learning.cells import Cells

# The prior counts as so many observations.
PRIOR_WEIGHT = 0.3
# How often the observations are spread, at first as they are, then smoothed: enough to tell where in a span a wait
# ends, and too few to be sure of it, so that the plan keeps looking where little is known.
ROUNDS, SMOOTHED_ROUNDS = 5, 4
# How far an observation is smoothed, in parts of the time waited, over the cube root of how many observations there
# are: peaks ask for the first, long tails for the second.
REACHES = (1.2, 2.5)
MIN_TO_COMPARE = 8
# A cell is smoothed no further than over its neighbours that hold this share of all observations, over the cube root of
# how many observations there are. In the tails it is this part of it, and so many times what is further out.
SHARE = 2.0
TAIL_PART, TAIL_FACTOR = 0.1, 2.0
# The tail begins where so many of the waits seen are left, and no more than this part of them.
LONGEST, LONGEST_PART = 10.0, 0.1
# Before any is seen, their number falls with this power of the time waited; that counts as one wait.
USUAL_POWER = 1.5
_NEGLIGIBLE = 0.02
_TINY = 1e-12

Spans = Sequence[tuple[int, int, float]]


def rough_density(cells: Cells) -> list[float]:
    """Return the share of waits that end in each cell, the last one included, not smoothed; together 1."""
    return _Fit(cells, [1.0] * len(cells.spans)).rough()


def smooth_density(cells: Cells, weights: Sequence[float]) -> list[float]:
    """Return the share of waits that end in each cell, the last one included; together 1.

    `weights`: how much each observation counts, from 0 to 1. Each half of the observations predicts the other half with
    each of REACHES; the better it does that, the more of the result is smoothed so.
    """
    fit = _Fit(cells, weights)
    if fit.weight < MIN_TO_COMPARE:
        return fit.smooth(REACHES[0])
    halves = (_Fit(cells, weights, half=0), _Fit(cells, weights, half=1))
    scores = [
        halves[0].likelihood(halves[1].smooth(reach)) + halves[1].likelihood(halves[0].smooth(reach))
        for reach in REACHES
    ]
    parts = [math.exp(score - max(scores)) for score in scores]
    shares = [0.0] * (len(cells.widths) + 1)
    for reach, part in zip(REACHES, parts, strict=True):
        if part > _NEGLIGIBLE:
            shares = [share + part * more for share, more in zip(shares, fit.smooth(reach), strict=True)]
    total = sum(shares)
    return [share / total for share in shares]


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


class _Fit:
    """Self-consistency: each observation is spread over its span in the way in which all of them are spread.

    `half`: 0 or 1 for every other observation. Shares are those of all cells, the prior's part among them.
    """

    def __init__(self, cells: Cells, weights: Sequence[float], half: int | None = None) -> None:
        counted: dict[tuple[int, int], float] = defaultdict(float)
        every = slice(half, None, 1 if half is None else 2)
        for span, weight in zip(cells.spans[every], weights[every], strict=True):
            counted[span] += weight
        self.weight = sum(counted.values())
        total = PRIOR_WEIGHT + self.weight
        self._cells = cells
        self._spans: Spans = [(start, end, weight / total) for (start, end), weight in counted.items()]
        self._prior = [share * PRIOR_WEIGHT / total for share in cells.prior]

    def rough(self) -> list[float]:
        return self._with_prior(self._rough)

    def smooth(self, reach: float) -> list[float]:
        smoother = _Smoother(self._cells, self._rough, weight=self.weight, reach=reach)
        seen = smoother.smooth(self._rough)
        for _ in range(SMOOTHED_ROUNDS):
            seen = smoother.smooth(self._spread(self._with_prior(seen)))
        return self._with_prior(seen)

    def likelihood(self, shares: Sequence[float]) -> float:
        """The logarithm of the likelihood of these observations, were the shares of waits so."""
        before = [0.0, *accumulate(shares)]
        return self.weight * sum(
            share * math.log(before[end] - before[start] + _TINY) for start, end, share in self._spans
        )

    def _with_prior(self, seen: Sequence[float]) -> list[float]:
        return [share + more for share, more in zip(self._prior, seen, strict=True)]

    @cached_property
    def _rough(self) -> list[float]:
        """Begin with each observation spread evenly."""
        seen = self._spread([*map(float, self._cells.widths), _TINY])
        for _ in range(ROUNDS):
            seen = self._spread(self._with_prior(seen))
        return seen

    def _spread(self, shares: Sequence[float]) -> list[float]:
        before = [0.0, *accumulate(shares)]
        steps = [0.0] * len(before)
        for start, end, share in self._spans:
            step = share / (before[end] - before[start] + _TINY)
            steps[start] += step
            steps[end] -= step
        return [share * rate for share, rate in zip(shares, accumulate(steps), strict=False)]


class _Smoother:
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
