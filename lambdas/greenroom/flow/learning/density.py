"""How likely a wait is to end when, from observations that say only between which two looks it ended."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate

from greenroom.flow.learning.cells import Cells
from greenroom.flow.learning.smoothing import Smoother

# The prior counts as so many observations.
PRIOR_WEIGHT = 0.3
# How often the observations are spread, at first as they are, then smoothed: enough to tell where in a span a wait
# ends, and too few to be sure of it, so that the plan keeps looking where little is known.
ROUNDS, SMOOTHED_ROUNDS = 5, 4
# How far an observation is smoothed, in parts of the time waited, over the cube root of how many observations there
# are: peaks ask for the first, long tails for the second.
REACHES = (1.2, 2.5)
MIN_TO_COMPARE = 8
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
        smoother = Smoother(self._cells, self._rough, weight=self.weight, reach=reach)
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
