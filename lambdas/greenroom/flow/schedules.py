"""The schedules of looks that were learned, one for each wait of each pool, and the port of where they are kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from greenroom.domain.errors import SchedulesUnavailable
from greenroom.domain.values import Waiting
from greenroom.flow.learning import KEPT, Observation, learn, unlearned
from greenroom.flow.schedule import Schedule

Looks = Mapping[Waiting, Schedule]
# The attribute that is true while something was seen that the schedules do not know yet; Learn follows it.
STALE = "stale"


@dataclass(frozen=True)
class Pool:
    """The streams that take about equally long: those of one studio, fleet, stream group, hub, …: the plug says."""

    provider: str
    name: str


@dataclass(frozen=True)
class Learned:
    """All that is kept of one pool: what was seen, oldest first, and the schedules that follow from it.

    `is_stale`: something was seen that the schedules do not know yet. `read`: what whoever keeps it knows it again by.
    """

    pool: Pool
    seen: Mapping[Waiting, Sequence[Observation]]
    schedules: Looks
    is_stale: bool = False
    read: Any = field(default=None, compare=False, repr=False)


class Schedules(Protocol):
    """All that was seen of each pool, and learned from it. Any call may raise SchedulesUnavailable."""

    def of(self, pool: Pool) -> Looks:
        """The schedules of the waits of which something was learned."""
        ...

    def observe(self, pool: Pool, seen: Mapping[Waiting, Observation]) -> None:
        """Add what one request saw. The schedules follow, a bit later."""
        ...

    def read(self, pool: Pool) -> Learned | None:
        """All that is kept of a pool, as last written."""
        ...

    def all(self) -> Iterable[Learned]:
        """Everything, for people."""
        ...

    def keep(self, learned: Learned, forget: Mapping[Waiting, int]) -> None:
        """Keep schedules, and drop so many of the oldest observations that they were made from.

        What was seen since is not lost: the schedules are stale still, and it is learned from next.
        """
        ...


class Planner:
    """Plans the looks of new requests by what was learned or, where nothing was, by what is plausible anywhere.

    `look_cost`: how many seconds of delay a look is worth. If reading fails, call `unavailable` and use the plan of a
    pool of which nothing was learned.
    """

    def __init__(self, schedules: Schedules, look_cost: float, unavailable: Callable[[], None]) -> None:
        self._schedules = schedules
        self._unlearned = unlearned(look_cost=look_cost)
        self._unavailable = unavailable

    def plan(self, pool: Pool) -> Looks:
        learned: Looks = {}
        try:
            learned = self._schedules.of(pool)
        except SchedulesUnavailable:
            self._unavailable()
        return {waiting: learned.get(waiting, self._unlearned) for waiting in Waiting}


def relearn(pool: Pool, *, look_cost: float, schedules: Schedules) -> None:
    """Make the schedules of a pool from the latest that was seen of it, unless they are made already.

    In a burst, many changes of one pool come together; the first of them is answered for all.
    """
    learned = schedules.read(pool)
    if learned is None or not learned.is_stale:
        return
    made = {waiting: learn(seen[-KEPT:], look_cost=look_cost) for waiting, seen in learned.seen.items()}
    forget = {waiting: max(0, len(seen) - KEPT) for waiting, seen in learned.seen.items()}
    schedules.keep(replace(learned, schedules=made), forget)
