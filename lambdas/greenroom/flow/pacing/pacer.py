"""Each call of the service at its turn, once the service has refused one: first come, first served.

Step Functions does the waiting: a task whose turn has not come says when to ask again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from greenroom.domain.errors import PaceUnavailable, ThrottlingException
from greenroom.domain.values import Clock
from greenroom.flow.pacing.pace import Pace
from greenroom.flow.pacing.paces import Change, Paces
from greenroom.flow.pacing.places import GONE, JOINED, Ticket
from greenroom.flow.pacing.rates import begun, grown, slowed

T = TypeVar("T")

# Who has not joined yet has the place behind all others.
_LAST = 1 << 40


def _sleep(seconds: float) -> None:
    # Looked up at each call, so that a virtual clock may take its place.
    time.sleep(seconds)


class NotYet(Exception):
    """Ask again after so many whole seconds, at least 1, with this ticket."""

    def __init__(self, seconds: int, ticket: str) -> None:
        super().__init__(f"Not before {seconds} s have passed")
        self.seconds = seconds
        self.ticket = ticket


@dataclass(frozen=True)
class _Call:
    """A call, and when it was made. No ticket, once it is made: nobody waited, and calls were not counted."""

    name: str
    arrived: float
    ticket: Ticket | None
    at: float = 0.0


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
        sleep: Callable[[float], None] = _sleep,
    ) -> None:
        self._paces = paces
        self._clock = clock
        self._failed = failed
        self._sleep = sleep

    def ask(self, name: str, call: Callable[[], T], *, arrived_at: datetime, ticket: str = "") -> T:
        """Make the call at its turn, in the order of `arrived_at` among all calls of that name.

        Raises NotYet when it is not its turn, or when the service refused the call; the ticket is for the next time.
        A ThrottlingException of the call is raised only when the paces fail.
        """
        this = _Call(name, arrived_at.timestamp(), Ticket.of(ticket))
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
        ticket, has_waited = this.ticket, this.ticket is not None
        if ticket is None:
            pace, ticket = self._joined(this, pace)
        if pace and not 0 < ticket.number <= pace.taken:
            pace, ticket = self._numbered(this, pace, ticket, has_waited=has_waited)
        if pace is None:
            return replace(this, ticket=None)
        wait = self._due(this, pace, ticket)
        self._change(this.name, grown(pace, self._now()))
        if wait:
            self._sleep(wait)
        return replace(this, ticket=ticket, at=self._now())

    def _joined(self, this: _Call, pace: Pace) -> tuple[Pace | None, Ticket]:
        now, bucket = self._now(), pace.places.bucket(this.arrived)
        seen = now if pace.wait(Ticket(bucket, _LAST), now) else None
        joined = Pace.of(self._paces.add(this.name, {JOINED + bucket: 1}, seen=seen))
        return joined, Ticket(bucket, joined.places.joined[bucket] if joined else 0)

    def _numbered(self, this: _Call, pace: Pace, ticket: Ticket, *, has_waited: bool) -> tuple[Pace | None, Ticket]:
        """Take the next number at one's turn: nobody else can get it, so it may be waited for."""
        self._due(this, pace, ticket)
        seen = self._now() if has_waited else None
        counted = Pace.of(self._paces.add(this.name, {GONE + ticket.bucket: 1, "taken": 1}, seen=seen))
        return counted, ticket.numbered(counted.taken if counted else 0)

    def _due(self, this: _Call, pace: Pace, ticket: Ticket) -> float:
        """Give the seconds until the turn, if they are few. Raises NotYet if they are many."""
        now = self._now()
        wait = pace.wait(ticket, now)
        if pace.is_due(wait):
            return wait
        self._change(this.name, grown(pace, now))
        raise NotYet(pace.nap(wait), str(ticket))

    def _refused(self, this: _Call) -> NotYet | None:
        """Begin a pace or slow it, and go back to one's place. None when the paces do not allow that."""
        try:
            pace, ticket = self._put_back(this, this.ticket) if this.ticket else self._begun(this)
        except PaceUnavailable:
            self._failed()
            return None
        return NotYet(pace.nap(max(1.0, pace.wait(ticket, self._now()))), str(ticket)) if pace else None

    def _put_back(self, this: _Call, ticket: Ticket) -> tuple[Pace | None, Ticket]:
        """Uncount the call; its turn is used up. It slows the pace, unless that was changed after the call was made."""
        back = {GONE + ticket.bucket: -1, "taken": -1, "base": -1}
        pace = Pace.of(self._paces.add(this.name, back, seen=self._now()))
        if pace and pace.mark_at >= this.at:
            self._paces.add(this.name, {"markCalls": -1})
        if pace and pace.since <= this.at:
            self._change(this.name, slowed(pace, self._now()))
        return pace, ticket.numbered(0)

    def _begun(self, this: _Call) -> tuple[Pace | None, Ticket]:
        pace = Pace.of(self._paces.read(this.name, consistent=True))
        if pace is None or pace.is_over(self._now()):
            self._paces.change(this.name, begun(pace, self._now()))
            pace = Pace.of(self._paces.read(this.name, consistent=True))
        return self._joined(this, pace) if pace else (None, Ticket("0w0", 0))

    def _change(self, name: str, change: Change | None) -> None:
        """Change the pace, unless another task has changed it meanwhile; when that fails, it stays as it is."""
        if change:
            try:
                self._paces.change(name, change)
            except PaceUnavailable:
                self._failed()

    def _now(self) -> float:
        return self._clock().timestamp()
