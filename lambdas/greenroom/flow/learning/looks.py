"""How many waits end when, second by second, and the looks that cost least: their delay, and a price for each look."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate, pairwise

MAX_LOOKS = 100
# So few waits are left to the rule that follows the last planned look: at best, and at worst where MAX_LOOKS are made.
LEFT, MOST_LEFT = 1 / 2000, 1 / 50
# A look is planned to one part in so many of the time waited, at best to the second.
PRECISION = 400

_Line = tuple[int, float]


class Distribution:
    """How many waits end when.

    `times`: seconds at which a look may be planned, ascending from 0.
    `ended[i]`: the share of waits that have ended by `times[i]`.
    `total[i]`: the sum of their times, over all waits.
    """

    def __init__(self, edges: Sequence[int], shares: Sequence[float]) -> None:
        """`shares[i]` of all waits end evenly between `edges[i]` and `edges[i + 1]`, the rest later."""
        self.times, parts = [0], [0.0]
        for (start, end), share in zip(pairwise(edges), shares, strict=False):
            step = max(1, start // PRECISION)
            cuts = [*range(start + step, end, step), end]
            rate = share / (end - start)
            parts += [rate * (cut - before) for before, cut in pairwise([start, *cuts])]
            self.times += cuts
        middles = [(start + end) / 2 for start, end in pairwise([0, *self.times])]
        self.ended = list(accumulate(parts))
        self.total = list(accumulate(part * middle for part, middle in zip(parts, middles, strict=True)))

    def by(self, share: float) -> int:
        """Return the first second by which such a share of all waits has ended, or the last of `times`."""
        return self.times[min(bisect_left(self.ended, share), len(self.times) - 1)]

    def left(self, time: int) -> float:
        """Return the share of waits that end after one of `times`."""
        return 1 - self.ended[bisect_left(self.times, time)]


def plan(waits: Distribution, look_cost: float) -> tuple[int, ...]:
    """Return when to look, in whole seconds, ascending; MAX_LOOKS at most. `look_cost` is in seconds of delay."""
    looks = cheapest(waits, look_cost)
    while len(looks) > MAX_LOOKS and waits.left(looks[MAX_LOOKS - 1]) > MOST_LEFT:
        # How many looks are made follows the square root of what they cost.
        look_cost *= max(1.1, (len(looks) / MAX_LOOKS) ** 2)
        looks = cheapest(waits, look_cost)
    return tuple(looks[:MAX_LOOKS])


def cheapest(waits: Distribution, look_cost: float) -> list[int]:
    """Return the looks that cost least, down to the one that leaves so few waits as LEFT, or the last possible one.

    Dynamic programming from the last time back. The cost from some time on, looking next at `t`, is a line over the
    share of waits that have ended by then, with the slope -t; so the best `t` is on the lower hull of the lines of all
    later times, and moves along it in one direction only.
    """
    times, ended, total = waits.times, waits.ended, waits.total
    last = len(times) - 1
    following = [last] * len(times)
    hull: list[tuple[_Line, int]] = [((times[last], times[last] * ended[last] - total[last]), last)]
    best = 0
    for now in range(last - 1, -1, -1):
        share = ended[now]
        while best + 1 < len(hull) and _at(hull[best + 1][0], share) <= _at(hull[best][0], share):
            best += 1
        line, following[now] = hull[best]
        # The sum of times until now is in this cost, and taken out of the line again.
        cost = look_cost * (1 - share) + _at(line, share)
        new = (times[now], cost + times[now] * share)
        while len(hull) - best > 1 and _is_needless(hull[-2][0], hull[-1][0], new):
            hull.pop()
        hull.append((new, now))
    looks, at = [], 0
    while at < last and 1 - ended[at] > LEFT:
        at = following[at]
        looks.append(times[at])
    return looks


def _at(line: _Line, share: float) -> float:
    slope, height = line
    return height - slope * share


def _is_needless(first: _Line, second: _Line, third: _Line) -> bool:
    """Whether the second line is nowhere below both others; their slopes descend."""
    return (second[1] - third[1]) * (first[0] - second[0]) >= (first[1] - second[1]) * (second[0] - third[0])
