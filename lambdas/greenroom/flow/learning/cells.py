"""What is seen of waits by looking at them now and then, and the time since they began, cut into cells."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from greenroom.flow.schedule import usually_left

# So many observations are learned from, the last ones: more would make a plan little better (the error shrinks with the
# cube root), and an item of the table larger.
KEPT = 512
# A cell is at most one part in so many of the time waited and, where most waits end, of the time in which they do.
PARTS = 50
# The cells end so far after the latest observation: what may come later has its place in one last cell.
REACH = 1.3
MIN_REACH_SECONDS = 90


@dataclass(frozen=True)
class Observation:
    """One wait: not over `after` so many seconds, over `by` so many; `by` is None if it was never seen to be over."""

    after: int
    by: int | None


@dataclass(frozen=True)
class Cells:
    """Cells of whole seconds, from 0 on; all that comes after the last edge is in one cell more.

    `edges`: ascending, one more than there are cells before the last one.
    `spans`: for each observation the first cell in which its wait may have ended, and the one after the last of them.
    """

    edges: list[int]
    spans: list[tuple[int, int]]

    @classmethod
    def of(cls, observations: Sequence[Observation]) -> Cells:
        """Cut the time so that the cells suit the observations, one at least."""
        edges = _edges(sorted(seen.after if seen.by is None else seen.by for seen in observations))
        return cls(edges, [_span(edges, seen) for seen in observations])

    @cached_property
    def widths(self) -> list[int]:
        """Seconds, of each cell but the last, which has no end."""
        return [end - start for start, end in pairwise(self.edges)]

    @cached_property
    def middles(self) -> list[float]:
        """Seconds since the wait began, of each cell but the last."""
        return [(start + end) / 2 for start, end in pairwise(self.edges)]

    @cached_property
    def prior(self) -> list[float]:
        """The share of all plausible waits that end in each cell, the last one included; together 1."""
        shares = [usually_left(edge) for edge in self.edges]
        return [before - after for before, after in pairwise(shares)] + shares[-1:]


def _edges(ends: Sequence[int]) -> list[int]:
    last = len(ends) - 1
    low, high = ends[last // 20], ends[last - last // 20]
    spread = max(1, high - low)
    reach = max(MIN_REACH_SECONDS, int(ends[-1] * REACH))
    return list(_cut(reach, low - spread, high + spread, spread / PARTS))


def _cut(reach: int, low: int, high: int, fine: float) -> Iterator[int]:
    edge = 0
    while edge < reach:
        yield edge
        width = edge / PARTS
        if edge < low:
            width = min(width, low - edge)
        elif edge <= high:
            width = min(width, fine)
        edge += max(1, int(width))
    yield edge


def _span(edges: Sequence[int], seen: Observation) -> tuple[int, int]:
    start = _nearest(edges, seen.after)
    if seen.by is None:
        return start, len(edges)
    end = max(1, _nearest(edges, seen.by))
    return min(start, end - 1), end


def _nearest(edges: Sequence[int], seconds: int) -> int:
    above = min(bisect_left(edges, seconds), len(edges) - 1)
    is_nearer_below = above > 0 and seconds - edges[above - 1] < edges[above] - seconds
    return above - is_nearer_below
