"""Hosts that hang are tried less often, by all functions together, so that they take no time from others.

A host that used up the time of an attempt is noted. Until its pause is over, nobody tries it. Then one
delivery does, and the others wait for what that one finds: another, longer pause, or an answer, which ends all of this.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from greenroom.domain.errors import PaceUnavailable
from greenroom.domain.values import Clock

FIRST_PAUSE_SECONDS = 5.0
LONGEST_PAUSE_SECONDS = 300.0
# The one attempt that finds out ends in that time, or its function has died.
PROBE_SECONDS = 30.0
# A host that nobody has tried for so long starts anew.
FORGOTTEN_AFTER = timedelta(minutes=30)


@dataclass(frozen=True)
class Hang:
    """A host hung `times` times in a row, and is left alone until a moment."""

    until: datetime
    times: int


class Hangs(Protocol):
    """What is known of hosts that hang. Any call may raise PaceUnavailable."""

    def read(self, host: str) -> Hang | None: ...

    def keep(self, host: str, hang: Hang) -> None: ...

    def replace(self, host: str, seen: Hang, hang: Hang) -> bool:
        """Keep in place of what was seen. True for the one of several callers that did."""
        ...

    def forget(self, host: str) -> None: ...


@dataclass(frozen=True)
class Turn:
    """Whether a host may be tried now: in how many seconds, and what was known of it."""

    wait: float
    seen: Hang | None = None


class Patience:
    """`unavailable` is called when nothing can be read or written, and the attempt is then made as if all were well."""

    def __init__(self, hangs: Hangs, clock: Clock, unavailable: Callable[[], None]) -> None:
        self._hangs = hangs
        self._clock = clock
        self._unavailable = unavailable

    def turn(self, host: str) -> Turn:
        try:
            return self._turn(host)
        except PaceUnavailable:
            self._unavailable()
            return Turn(0)

    def hung(self, host: str, turn: Turn) -> None:
        """Note that the host used up the time of an attempt."""
        times = turn.seen.times + 1 if turn.seen else 1
        pause = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2.0 ** (times - 1))
        self._note(lambda: self._hangs.keep(host, Hang(self._in(pause), times)))

    def answered(self, host: str) -> None:
        """Note that a host that hung has answered, whatever it said."""
        self._note(lambda: self._hangs.forget(host))

    def _turn(self, host: str) -> Turn:
        seen, now = self._hangs.read(host), self._clock()
        if seen is None or now >= seen.until + FORGOTTEN_AFTER:
            return Turn(0)
        if now < seen.until:
            return Turn(_spread((seen.until - now).total_seconds()), seen)
        if self._hangs.replace(host, seen, Hang(self._in(PROBE_SECONDS), seen.times)):
            return Turn(0, seen)
        return Turn(_spread(PROBE_SECONDS), seen)

    def _in(self, seconds: float) -> datetime:
        return self._clock() + timedelta(seconds=seconds)

    def _note(self, write: Callable[[], None]) -> None:
        try:
            write()
        except PaceUnavailable:
            self._unavailable()


def _spread(seconds: float) -> float:
    """Add a random share, so that deliveries waiting for one host do not all come back at once."""
    return seconds + random.uniform(1, 5)  # noqa: S311  # spreads load; guards nothing
