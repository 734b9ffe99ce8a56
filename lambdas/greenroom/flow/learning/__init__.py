"""Learning when to look from what earlier looks have seen.

What is kept is observations only, so that all of this can change and nothing has to be converted. From them follows how
many waits end when (density), of those that came after the last change (changes), and from that the looks that cost
least (looks). Everything is computed from the observations each time, in some ten milliseconds.
"""

from __future__ import annotations

from collections.abc import Sequence

from greenroom.flow.learning.cells import Cells
from greenroom.flow.learning.changes import weights
from greenroom.flow.learning.density import density, rough_density
from greenroom.flow.learning.distribution import Distribution
from greenroom.flow.learning.looks import MAX_LOOKS, plan
from greenroom.flow.learning.observation import KEPT, Observation
from greenroom.flow.schedule import Schedule

__all__ = ["KEPT", "MAX_LOOKS", "Observation", "learn", "learned_waits", "unlearned"]

# Nothing is known of a pool; this is told to people who ask how long it will take.
_USUAL_SECONDS, _LONG_SECONDS = 25, 90
# Beyond, the rule that follows a plan is as good.
_PLAUSIBLE_SECONDS = 4000


def learn(observations: Sequence[Observation], *, look_cost: float) -> Schedule:
    """Return the schedule that costs least for waits like these, the oldest of them first.

    `look_cost`: how many seconds of delay a look is worth. Only the last KEPT observations are learned from.
    """
    if not observations:
        return unlearned(look_cost=look_cost)
    waits = learned_waits(observations)
    return Schedule(plan(waits, look_cost), waits.by(0.5), waits.by(0.9))


def learned_waits(observations: Sequence[Observation]) -> Distribution:
    """Return how many waits end when, by these observations, of which there is at least one."""
    cells = Cells.of(observations[-KEPT:])
    return Distribution(cells.edges, density(cells, weights(cells, rough_density(cells))))


def unlearned(*, look_cost: float) -> Schedule:
    """Return the schedule for a pool of which nothing was seen."""
    cells = Cells(list(range(_PLAUSIBLE_SECONDS + 1)), [])
    return Schedule(plan(Distribution(cells.edges, cells.prior), look_cost), _USUAL_SECONDS, _LONG_SECONDS)
