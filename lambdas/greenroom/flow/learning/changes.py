"""Whether what is waited for has changed: observations from before a change tell nothing of what comes after it.

Bayesian online changepoint detection (Adams and MacKay 2007, arXiv:0710.3742): a number of hypotheses, each of which
says since which observation nothing has changed, are weighed by how well they predicted each observation that followed.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from greenroom.flow.learning.cells import Cells

# How likely a change is, at each observation.
CHANGE = 1 / 300
# All waits are told apart by so many ranges, in each of which equally many of them end.
RANGES = 16
# Before a hypothesis has seen anything, all waits of the pool are plausible to it, and count as so many observations.
INNOCENCE = 4.0
HYPOTHESES = 10
# What was seen before a change counts as one observation, all of it: it may come back.
MEMORY = 1.0
_TINY = 1e-6

# The range of either end, and how far into it.
_Part = tuple[int, float, int, float]


def weights(cells: Cells, shares: Sequence[float]) -> list[float]:
    """Return how much each observation counts, from 0 to 1: how likely it is that nothing changed since.

    `shares`: how many waits end in each cell, by all observations.
    """
    before = [0.0, *accumulate(shares)]
    unchanged = _unchanged([_part(span, before) for span in cells.spans])
    changed = len(unchanged) - sum(unchanged)
    memory = min(1.0, MEMORY / changed) if changed > _TINY else 0.0
    return [share + (1 - share) * memory for share in unchanged]


def _unchanged(parts: Sequence[_Part]) -> list[float]:
    """Return for each observation how likely it is that nothing changed since.

    `counts[n]`: how many of the first n observations are below the edge of each range. `since`: the hypotheses.
    """
    counts = [[0.0] * (RANGES + 2)]
    since = {0: 1.0}
    for now, part in enumerate(parts):
        low, into_low, high, into_high = part
        within = [
            below[high]
            + into_high * (below[high + 1] - below[high])
            - below[low]
            - into_low * (below[low + 1] - below[low])
            for below in map(counts.__getitem__, [*since, now])
        ]
        plausible = (high + into_high - low - into_low) / RANGES
        since = {
            start: likely * (1 - CHANGE) * (INNOCENCE * plausible + within[-1] - before) / (INNOCENCE + now - start)
            for (start, likely), before in zip(since.items(), within, strict=False)
        }
        if now:
            since[now] = CHANGE * plausible
        since = _most_likely(since)
        counts.append(_added(part, counts[now]))
    return list(accumulate(since.get(start, 0.0) for start in range(len(parts))))


def _part(span: tuple[int, int], before: Sequence[float]) -> _Part:
    """Return an observation as ranks among all waits, `before` so many of which each cell begins."""
    ranks = RANGES / before[-1]
    high = before[span[1]] * ranks
    low = max(0.0, min(before[span[0]] * ranks, high - _TINY))
    return int(low), low % 1, int(high), high % 1


def _added(part: _Part, counts: Sequence[float]) -> list[float]:
    """Return the counts with one observation more, which is spread evenly over its ranks."""
    low, into_low, high, into_high = part
    start = low + into_low
    width = high + into_high - start
    shares = (min(1.0, (edge - start) / width) for edge in range(low + 1, RANGES + 2))
    return [*counts[: low + 1], *map(float.__add__, counts[low + 1 :], shares)]


def _most_likely(since: dict[int, float]) -> dict[int, float]:
    """Return as many hypotheses as are kept, the newest among them; together 1."""
    if len(since) > HYPOTHESES:
        *older, _ = since
        del since[min(older, key=since.__getitem__)]
    total = sum(since.values())
    return {start: likely / total for start, likely in since.items()}
