"""A deployment that is drained, in memory: what runs ends when a test says so, or by being stopped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from greenroom_cli.drain.running_stack import Run
from tests.support.fakes import NOW


@dataclass
class FakeRunningStack:
    """`throttled`: so many stops are refused first. `sleep` lets time pass, and calls `after` with how often it has."""

    running: list[Run] = field(default_factory=list)
    running_batches: list[Run] = field(default_factory=list)
    due: int = 0
    queued: int = 0
    throttled: int = 0
    doors: str = "open"
    stopped: list[str] = field(default_factory=list)
    now: datetime = NOW
    after: Callable[[int], object] = lambda _: None
    looks: int = 0

    def close(self) -> None:
        self.doors = "closed"

    def open(self) -> None:
        self.doors = "open"

    def executions(self) -> list[Run]:
        return list(self.running)

    def batches(self) -> list[Run]:
        return list(self.running_batches)

    def stop(self, run: Run) -> None:
        if self.throttled:
            self.throttled -= 1
            return
        self.stopped.append(run.arn)
        for kind in (self.running, self.running_batches):
            if run in kind:
                kind.remove(run)

    def requests(self) -> int:
        return self.due

    def deliveries(self) -> int:
        return self.queued

    def letters(self) -> int:
        return 0
