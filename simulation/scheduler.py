"""Virtual time: a heap of wake-ups and a greenlet for each process, where nothing but waiting takes time."""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from unittest.mock import patch

import time_machine
from greenlet import GreenletExit, getcurrent, greenlet  # type: ignore[import-untyped]

START = datetime(2026, 11, 24, 9, 0, 0, tzinfo=UTC)


class Killed(GreenletExit):  # type: ignore[misc]
    """Ends a process from outside, wherever it is. No code under test catches it, as none sees a machine die."""


class Scheduler:
    """Runs processes one at a time, in the order of their wake-ups; the same order in every run.

    Within `running`, the clock of Python (`time.time`, `datetime.now`) shows the virtual time, and `time.sleep` lets it
    pass.
    """

    def __init__(self, start: datetime = START) -> None:
        self.elapsed = 0.0
        """Seconds since the start."""
        self._epoch = start.timestamp()
        self._wakeups: list[tuple[float, int, greenlet, Killed | None]] = []
        self._order = count()
        # The one wake-up that a process waits for; an earlier one that it has outlived is passed over.
        self._awaited: dict[greenlet, int] = {}
        self._skews: dict[greenlet, float] = {}
        self._hub: greenlet | None = None
        self._traveller: time_machine.Traveller | None = None

    @property
    def now(self) -> float:
        """The virtual time as seconds of the epoch."""
        return self._epoch + self.elapsed

    @contextmanager
    def running(self) -> Iterator[None]:
        with time_machine.travel(self.now, tick=False) as self._traveller, patch.object(time, "sleep", self.sleep):
            yield
        self._traveller = None

    def spawn(self, work: Callable[[], object], after: float = 0, *, skew: float = 0) -> greenlet:
        """Begin a process after so many seconds. What it raises ends `run`. `skew`: by how much its clock is fast."""
        process = greenlet(work)
        if skew:
            self._skews[process] = skew
        self._wake(process, after)
        return process

    def sleep(self, seconds: float) -> None:
        """Let time pass for the process that calls. Outside of a process, nobody is there to wait: it is no time."""
        if self._hub is None or (process := getcurrent()) is self._hub:
            return
        self._wake(process, seconds)
        self._hub.switch()

    def suspend(self) -> None:
        """Let the process that calls wait until another one resumes it."""
        if self._hub is None:
            raise RuntimeError("nobody is there to wait")
        self._hub.switch()

    def resume(self, process: greenlet) -> None:
        """Wake a process up now, whatever it waits for."""
        self._wake(process, 0)

    def kill(self, process: greenlet) -> None:
        """End a process now, in the midst of what it waits for. One that has ended stays so."""
        if not process.dead:
            self._wake(process, 0, Killed())

    def run(self, until: Callable[[], bool] = lambda: False) -> None:
        """Run until no process is left, or until this holds."""
        if self._traveller is None:
            raise RuntimeError("time is virtual only within running()")
        self._hub = getcurrent()
        try:
            while self._wakeups and not until():
                at, number, process, error = heapq.heappop(self._wakeups)
                if self._awaited.get(process) != number:
                    continue
                del self._awaited[process]
                self.elapsed = at
                self._traveller.move_to(self.now + self._skews.get(process, 0))
                process.parent = self._hub
                process.throw(error) if error else process.switch()
                if process.dead:
                    self._skews.pop(process, None)
        finally:
            self._hub = None

    def _wake(self, process: greenlet, after: float, error: Killed | None = None) -> None:
        number = next(self._order)
        self._awaited[process] = number
        heapq.heappush(self._wakeups, (self.elapsed + max(0.0, after), number, process, error))
