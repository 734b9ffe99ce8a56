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
from greenlet import getcurrent, greenlet  # type: ignore[import-untyped]

START = datetime(2026, 11, 24, 9, 0, 0, tzinfo=UTC)


class Scheduler:
    """Runs processes one at a time, in the order of their wake-ups; the same order in every run.

    Within `running`, the clock of Python (`time.time`, `datetime.now`) shows the virtual time, and `time.sleep` lets it
    pass.
    """

    def __init__(self, start: datetime = START) -> None:
        self.elapsed = 0.0
        """Seconds since the start."""
        self._epoch = start.timestamp()
        self._wakeups: list[tuple[float, int, greenlet]] = []
        self._order = count()
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

    def spawn(self, work: Callable[[], object], after: float = 0) -> None:
        """Begin a process after so many seconds. What it raises ends `run`."""
        self._wake(greenlet(work), after)

    def sleep(self, seconds: float) -> None:
        """Let time pass for the process that calls. Outside of a process, nobody is there to wait: it is no time."""
        if self._hub is None or (process := getcurrent()) is self._hub:
            return
        self._wake(process, seconds)
        self._hub.switch()

    def run(self) -> None:
        """Run until no process is left."""
        if self._traveller is None:
            raise RuntimeError("time is virtual only within running()")
        self._hub = getcurrent()
        try:
            while self._wakeups:
                self.elapsed, _, process = heapq.heappop(self._wakeups)
                self._traveller.move_to(self.now)
                process.parent = self._hub
                process.switch()
        finally:
            self._hub = None

    def _wake(self, process: greenlet, after: float) -> None:
        heapq.heappush(self._wakeups, (self.elapsed + max(0.0, after), next(self._order), process))
