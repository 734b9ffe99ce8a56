"""The looks that cost least: seconds of delay, and a price for each look."""

from __future__ import annotations

import math
from collections.abc import Sequence

from greenroom.flow.learning.distribution import Distribution

MAX_LOOKS = 100
# So few waits are left to the rule that follows the last planned look: at best, and at worst where MAX_LOOKS are made.
LEFT, MOST_LEFT = 1 / 2000, 1 / 50
# AWS's own waiters look as often. A plan that would be slower than they are is made denser, as long as it costs so
# little more and takes fewer looks than they do.
WAITER_SECONDS = 5
CONCESSION = 0.05
# A prediction is that uncertain, most of all of rare long waits.
SAFELY = 0.97
# A plan that is slower by so much cannot be made fast enough for that little.
_OUT_OF_REACH = 1.5
_HALVINGS = 4

_Line = tuple[int, float]


def plan(waits: Distribution, look_cost: float) -> tuple[int, ...]:
    """Return when to look, in whole seconds, ascending; MAX_LOOKS at most. `look_cost` is in seconds of delay."""
    looks = cheapest(waits, look_cost)
    looks = _faster(waits, look_cost, looks) or looks
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


def _faster(waits: Distribution, look_cost: float, looks: Sequence[int]) -> list[int] | None:
    """Return the cheapest looks that are faster than a waiter, or None if `looks` are, or none can be.

    A lower price of a look gives denser looks.
    """
    delay, count = waits.delay_and_looks(looks)
    allowed = (delay + look_cost * count) * (1 + CONCESSION)
    waiters_delay, waiters_looks = waits.delay_and_looks_at_every(WAITER_SECONDS)
    wanted = waiters_delay * SAFELY
    if not wanted < delay < wanted * _OUT_OF_REACH:
        return None
    low, high, found = look_cost / 3, look_cost, None
    for _ in range(_HALVINGS):
        price = math.sqrt(low * high)
        denser = cheapest(waits, price)
        delay, count = waits.delay_and_looks(denser)
        if delay > wanted:
            high = price
            continue
        low = price
        found = denser if count < waiters_looks and delay + look_cost * count <= allowed else None
    return found
