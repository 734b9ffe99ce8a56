"""Learning when to look from what earlier looks have seen.

Only observations are stored, so all of this can change, and nothing has to be converted. An example: a hundred streams
were not ready after 2 s and ready after 4 s, since their machines were warm; a hundred others became ready between 20 s
and 25 s; and one request was cancelled after 40 s.

>>> seen = [Observation(2, 4), Observation(20, 25)] * 100 + [Observation(40, None)]

1. The time is cut into cells of whole seconds, finely where waits end (`cells`).
2. An observation counts as much as it is likely that nothing has changed since (`changes`). Here, nothing has.
3. An observation is spread over the cells in which its wait may have ended, as all observations are spread there, and
   smoothed, the wider the fewer there are. The longest waits are too few for that, and follow a power law (`density`).

   >>> waits = learned_waits(seen)
   >>> [round(1 - waits.left(second), 2) for second in (2, 4, 10, 20, 25)]
   [0.08, 0.42, 0.5, 0.55, 0.94]

4. The looks are those that cost least, where a look is worth so many seconds of delay (`looks`): two for the warm
   machines, then none for a while, and many where the cold ones become ready.

   >>> learn(seen, look_cost=0.5).looks[:9]
   (3, 5, 22, 24, 25, 27, 29, 31, 33)

A request keeps the schedule that it got when it was accepted. To compute one takes some ten milliseconds.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import islice

from greenroom.flow.learning.cells import KEPT, Cells, Observation
from greenroom.flow.learning.changes import weights
from greenroom.flow.learning.density import rough_density, smooth_density, with_tail
from greenroom.flow.learning.looks import MAX_LOOKS, Distribution, plan
from greenroom.flow.schedule import Schedule, usual_looks

__all__ = ["KEPT", "MAX_LOOKS", "Observation", "learn", "learned_waits", "unlearned"]

# A plan goes as far at least. Every record has it, and a kilobyte more is a write unit more.
PLANNED_SECONDS = 120
# Of a pool of which nothing was seen, people are told this.
_USUAL_SECONDS, _LONG_SECONDS = 25, 90


def learn(observations: Sequence[Observation], *, look_cost: float) -> Schedule:
    """Return the schedule that costs least for waits like these, the oldest of them first.

    `look_cost`: how many seconds of delay a look is worth. Only the last KEPT observations are learned from. The plan
    goes on, for waits longer than any that is likely, with the looks of a pool of which nothing was seen.
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
    more = list(islice(usual_looks(looks[-1] if looks else 0, look_cost), MAX_LOOKS - len(looks)))
    return (*looks, *more[: max(2, bisect_left(more, PLANNED_SECONDS))])
