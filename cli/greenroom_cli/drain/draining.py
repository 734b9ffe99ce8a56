"""Draining, once the doors are closed: what is scheduled is cancelled, and the rest looked at until nothing is left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from greenroom_cli.drain.running_stack import Left, Run, RunningStack
from greenroom_cli.follow import Sleep

PAUSE_SECONDS = 5.0
# The counts of a queue are right a minute after its last message came:
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html
# The indexes lag less, and functions know in less that the doors are closed.
QUIET_SECONDS = 60.0


@dataclass(frozen=True)
class Draining:
    """`show` is called with what is left, whenever that has changed."""

    running_stack: RunningStack
    show: Callable[[Left], None]
    clock: Callable[[], datetime]
    sleep: Sleep

    def until_nothing_is_left(self, *, cancel: bool, timeout: float | None) -> tuple[bool, Left]:
        """Look, again and again, until nothing has been left for a minute, or until the timeout.

        A batch that has not begun is cancelled by stopping its execution; with `cancel`, everything that runs. Both is
        repeated at each look, because a stop may be throttled, and a list may lag. Returns whether nothing is left, and
        what was left at the last look.
        """
        start = self.clock()
        quiet_since, last = None, None
        while True:
            left = self._look(cancel=cancel)
            if left != last:
                self.show(left)
            now, last = self.clock(), left
            quiet_since = (quiet_since or now) if left.is_nothing else None
            if quiet_since and (now - quiet_since).total_seconds() >= QUIET_SECONDS:
                return True, left
            if timeout is not None and (now - start).total_seconds() >= timeout:
                return False, left
            self.sleep(PAUSE_SECONDS)

    def _look(self, *, cancel: bool) -> Left:
        batches, executions = list(self.running_stack.batches()), list(self.running_stack.executions())
        for run in self._to_stop(batches, executions, cancel=cancel):
            self.running_stack.stop(run)
        return Left(len(executions), len(batches), self.running_stack.requests(), self.running_stack.deliveries())

    def _to_stop(self, batches: Sequence[Run], executions: Sequence[Run], *, cancel: bool) -> list[Run]:
        """Return what to stop, batches first, since those still start executions; never one that closes a batch."""
        now = self.clock()
        scheduled = [run for run in batches if not run.closing and (cancel or (run.starts_at and run.starts_at > now))]
        return [*scheduled, *(executions if cancel else ())]
