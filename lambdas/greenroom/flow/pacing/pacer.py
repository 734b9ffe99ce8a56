"""Each call of the service at its turn, once the service has refused one: one of each owner in a round.

Step Functions does the waiting: a task whose turn has not come says when to ask again.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TypeVar

from greenroom.domain.errors import PaceUnavailable, ThrottlingException
from greenroom.domain.metrics import PACE_UNAVAILABLE, THROTTLED_CALLS, WAIT_FOR_TURN, Emit
from greenroom.domain.values import Clock, sleep
from greenroom.flow.pacing.buckets import edges
from greenroom.flow.pacing.lanes import Lanes, Ticket, is_of_batches
from greenroom.flow.pacing.pace import Pace
from greenroom.flow.pacing.paces import Change, Paces
from greenroom.flow.pacing.places import BATCHES_GONE, GONE, JOINED
from greenroom.flow.pacing.rates import begun, grown, slowed

T = TypeVar("T")

# A request that has not joined yet has the place behind all others.
_LAST = 1 << 40


class NotYet(Exception):
    """Ask again after so many whole seconds, at least 1, with this ticket."""

    def __init__(self, seconds: int, ticket: str) -> None:
        super().__init__(f"Not before {seconds} s have passed")
        self.seconds = seconds
        self.ticket = ticket


@dataclass(frozen=True)
class _Call:
    """A call, its turn's round, and when it was made. Without a ticket then: nobody waited, and it is not counted."""

    name: str
    lane: str
    arrived: float
    ticket: Ticket | None
    round: int = 0
    sample: int = 1
    at: float = 0.0

    @property
    def of_batches(self) -> bool:
        return is_of_batches(self.lane)


class Pacer:
    """`failed` is told of each failure of the paces: the call is then made unpaced.

    `sleep` is given at most about a second, the part of a wait that Step Functions cannot wait.
    """

    def __init__(
        self,
        paces: Paces,
        clock: Clock,
        failed: Callable[[], None] = lambda: None,
        *,
        sleep: Callable[[float], None] = sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._paces = paces
        self._clock = clock
        self._failed = failed
        self._sleep = sleep
        self._chance = chance

    def ask(self, name: str, call: Callable[[], T], *, lane: str, arrived_at: datetime, ticket: str = "") -> T:
        """Make the call at its turn, in the order of `arrived_at` among the lane's calls of that name.

        Raises NotYet when it is not its turn, or when the service refused the call; the ticket is for the next time.
        A ThrottlingException of the call is raised only when the paces fail.
        """
        this = _Call(name, lane, arrived_at.timestamp(), Ticket.of(ticket))
        try:
            this = self._admitted(this)
        except PaceUnavailable:
            self._failed()
            return call()
        try:
            return call()
        except ThrottlingException:
            not_yet = self._refused(this)
            if not_yet is None:
                raise
            raise not_yet from None

    def _admitted(self, this: _Call) -> _Call:
        """Count the call if there is a pace, and wait the last moment. Raises NotYet."""
        pace = Pace.of(self._paces.read(this.name, consistent=this.ticket is not None))
        if pace is None or pace.is_over(self._now()):
            return replace(this, ticket=None)
        has_waited = this.ticket is not None
        pace, this = (pace, self._returned(this, this.ticket, pace)) if this.ticket else self._joined(this, pace)
        if pace and this.ticket and not 0 < this.ticket.number <= pace.taken:
            pace, this = self._numbered(this, this.ticket, pace, has_waited=has_waited)
        if pace is None or this.ticket is None:
            return replace(this, ticket=None)
        wait = self._due(this, this.ticket, pace)
        self._change(this.name, grown(pace, self._now()))
        if wait:
            self._sleep(wait)
        return replace(this, sample=pace.sample(), at=self._now())

    def _joined(self, this: _Call, pace: Pace) -> tuple[Pace | None, _Call]:
        """Join one's lane, and the queue at the lane's next turn."""
        queue, now = pace.places.queue(batches=this.of_batches), self._now()
        served = queue.served()
        weight = self._weight(pace)
        lane, bucket, order = self._lanes(this, pace).join(this.lane, this.arrived, served, now, weight)
        ticket = Ticket(bucket, order, turn=_LAST)
        round_ = max(served + 1, lane.round_of(bucket, ticket.order))
        seen = now if pace.wait(ticket, round_, now) else None
        place = queue.bucket(max(served + 1, lane.last))
        joined = Pace.of(self._paces.add(this.name, {JOINED + place: weight}, seen=seen)) if weight else pace
        if joined is None:
            return None, this
        turn = joined.places.queue(batches=this.of_batches).joined.get(place, 0) + 1 - weight
        return joined, replace(this, ticket=replace(ticket, turn=turn), round=round_)

    def _returned(self, this: _Call, ticket: Ticket, pace: Pace) -> _Call:
        """Find the round of one's turn, unless the call has a number."""
        if 0 < ticket.number <= pace.taken:
            return this
        if not ticket.turn:
            return replace(this, round=edges(ticket.bucket)[0])
        return replace(this, round=self._lanes(this, pace).round_of(this.lane, ticket))

    def _lanes(self, this: _Call, pace: Pace) -> Lanes:
        return Lanes(self._paces, this.name, pace.begun)

    def _numbered(self, this: _Call, ticket: Ticket, pace: Pace, *, has_waited: bool) -> tuple[Pace | None, _Call]:
        """Take the next number at the call's turn: no other call gets it, so it may be waited for.

        A call that another is counted for goes on without.
        """
        self._due(this, ticket, pace)
        weight = self._weight(pace)
        if not weight:
            return pace, this
        seen = self._now() if has_waited else None
        taken = {pace.places.queue(batches=this.of_batches).gone_name: weight, "taken": weight}
        counted = Pace.of(self._paces.add(this.name, taken, seen=seen))
        return counted, replace(this, ticket=ticket.numbered(counted.taken)) if counted else this

    def _weight(self, pace: Pace) -> int:
        """Decide whether a call is counted for all of a sample, or another for it."""
        sample = pace.sample()
        return sample if sample == 1 or self._chance() < 1 / sample else 0

    def _due(self, this: _Call, ticket: Ticket, pace: Pace) -> float:
        """Give the seconds until the turn, if they are few. Raises NotYet if they are many."""
        now = self._now()
        wait = pace.wait(ticket, this.round, now)
        if pace.is_due(wait):
            return wait
        self._change(this.name, grown(pace, now))
        raise NotYet(pace.nap(wait), str(ticket))

    def _refused(self, this: _Call) -> NotYet | None:
        """Begin a pace or slow it, and go back to one's place. None when the paces do not allow that."""
        try:
            pace, this = self._put_back(this, this.ticket) if this.ticket else self._begun(this)
        except PaceUnavailable:
            self._failed()
            return None
        if pace is None or this.ticket is None:
            return None
        return NotYet(pace.nap(max(1.0, pace.wait(this.ticket, this.round, self._now()))), str(this.ticket))

    def _put_back(self, this: _Call, ticket: Ticket) -> tuple[Pace | None, _Call]:
        """Uncount the call; its turn is used up. It slows the pace, unless that was changed after the call was made."""
        gone, weight = BATCHES_GONE if this.of_batches else GONE, this.sample if ticket.number else 0
        uncounted = {gone: -weight, "taken": -weight, "base": -weight} if weight else {}
        pace = Pace.of(self._paces.add(this.name, uncounted, seen=self._now()))
        if pace and weight and pace.mark_at >= this.at:
            self._paces.add(this.name, {"markCalls": -weight})
        if pace and pace.since <= this.at:
            self._change(this.name, slowed(pace, self._now()))
        return pace, replace(this, ticket=ticket.numbered(0))

    def _begun(self, this: _Call) -> tuple[Pace | None, _Call]:
        pace = Pace.of(self._paces.read(this.name, consistent=True))
        if pace is None or pace.is_over(self._now()):
            self._paces.change(this.name, begun(pace, self._now()))
            pace = Pace.of(self._paces.read(this.name, consistent=True))
        return self._joined(this, pace) if pace else (None, this)

    def _change(self, name: str, change: Change | None) -> None:
        """Change the pace, unless another task has changed it meanwhile; when that fails, it stays as it is."""
        if change:
            try:
                self._paces.change(name, change)
            except PaceUnavailable:
                self._failed()

    def _now(self) -> float:
        return self._clock().timestamp()


class WatchedPacer(Pacer):
    """Emits each call, throttled or not, each wait for a turn, and each failure of the paces.

    The provider is what a name begins with: `nimble/create`.
    """

    def __init__(self, paces: Paces, clock: Clock, emit: Emit) -> None:
        super().__init__(paces, clock, lambda: emit({PACE_UNAVAILABLE: 1}))
        self._emit = emit

    def ask(self, name: str, call: Callable[[], T], *, lane: str, arrived_at: datetime, ticket: str = "") -> T:
        provider = name.partition("/")[0]
        try:
            made = partial(self._made, provider, call)
            return super().ask(name, made, lane=lane, arrived_at=arrived_at, ticket=ticket)
        except NotYet as not_yet:
            self._emit({WAIT_FOR_TURN: not_yet.seconds}, provider=provider)
            raise

    def _made(self, provider: str, call: Callable[[], T]) -> T:
        throttled = 0
        try:
            return call()
        except ThrottlingException:
            throttled = 1
            raise
        finally:
            self._emit({THROTTLED_CALLS: throttled}, provider=provider)
