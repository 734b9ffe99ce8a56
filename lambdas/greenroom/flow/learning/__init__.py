"""Learning when to look from what earlier looks have seen.

What is kept is observations only, so that all of this can change and nothing has to be converted. From them follows how
many waits end when (density), of those that came after the last change (changes), how fast the longest grow fewer
(tail), and from that the looks that cost least (looks). Everything is computed from the observations each time, in some
ten milliseconds.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import islice

from greenroom.flow.learning.cells import Cells
from greenroom.flow.learning.changes import weights
from greenroom.flow.learning.density import rough_density, smooth_density
from greenroom.flow.learning.distribution import Distribution
from greenroom.flow.learning.looks import MAX_LOOKS, plan
from greenroom.flow.learning.observation import KEPT, Observation
from greenroom.flow.learning.prior import plausible_looks
from greenroom.flow.learning.tail import with_tail
from greenroom.flow.schedule import Schedule

__all__ = ["KEPT", "MAX_LOOKS", "Observation", "learn", "learned_waits", "unlearned"]

# A plan goes as far at least. Every record has it, and a kilobyte more is a write unit more.
PLANNED_SECONDS = 120
# Of a pool of which nothing was seen, people are told this.
_USUAL_SECONDS, _LONG_SECONDS = 25, 90


def learn(observations: Sequence[Observation], *, look_cost: float) -> Schedule:
    """Return the schedule that costs least for waits like these, the oldest of them first.

    `look_cost`: how many seconds of delay a look is worth. Only the last KEPT observations are learned from. The plan
    goes on, for waits longer than any that is to be expected, with the looks of a pool of which nothing was seen.
    """
    if not observations:
        return unlearned(look_cost=look_cost)
    waits = learned_waits(observations)
    looks = plan(waits, look_cost)
    return Schedule(_continued(looks, look_cost), waits.by(0.5), waits.by(0.9))


def learned_waits(observations: Sequence[Observation]) -> Distribution:
    """Return how many waits end when, by these observations, of which there is at least one."""
    cells = Cells.of(observations[-KEPT:])
    counts = weights(cells, rough_density(cells))
    return Distribution(cells.edges, with_tail(cells, smooth_density(cells, counts), sum(counts)))


def unlearned(*, look_cost: float) -> Schedule:
    """Return the schedule for a pool of which nothing was seen."""
    return Schedule(_continued((), look_cost), _USUAL_SECONDS, _LONG_SECONDS)


def _continued(looks: tuple[int, ...], look_cost: float) -> tuple[int, ...]:
    """Return the looks with two more at least, so that those that follow by rule know the pace."""
    more = list(islice(plausible_looks(looks[-1] if looks else 0, look_cost), MAX_LOOKS - len(looks)))
    return (*looks, *more[: max(2, bisect_left(more, PLANNED_SECONDS))])
