"""Lambda: functions that take their time, and no more at once than the account's concurrency."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from greenlet import getcurrent  # type: ignore[import-untyped]
from sfnx.testing import Failure

from simulation.payloads import check_event, check_result
from simulation.process import Handler
from simulation.scheduler import Scheduler

LATENCY_SECONDS = (0.03, 0.15)
THROTTLED = "Lambda.TooManyRequestsException"
# Of a call's latency, the part before the function's own work begins.
_BEFORE = 0.4


@dataclass
class Invocation:
    """One call of a function. `service_calls`: those of the streaming service that it made."""

    state: str
    began: float
    service_calls: int = 0
    error: str | None = None


class Functions:
    """The functions of a deployment. `invocations`: in the order of their beginning; those throttled are only counted.

    A call's latency is even between the two bounds. The calls that a function makes take a part of it.
    """

    def __init__(
        self, handlers: Mapping[str, Handler], scheduler: Scheduler, concurrency: int, latencies: random.Random
    ) -> None:
        self._handlers = handlers
        self._scheduler = scheduler
        self._concurrency = concurrency
        self._latencies = latencies
        self._running: dict[object, Invocation] = {}
        self.refuses: Callable[[], str | None] = lambda: None
        """Is asked before each call for the error by which Lambda itself refuses it."""
        self.invocations: list[Invocation] = []
        self.throttled = 0

    @property
    def current(self) -> Invocation | None:
        """The invocation whose function is at work now, if there is one."""
        return self._running.get(getcurrent())

    def call(self, name: str, event: Any) -> Any:
        """Call a function in the process that calls. Raises Failure."""
        check_event(event)
        if error := self.refuses():
            raise Failure(error, "Lambda refuses the call")
        if len(self._running) >= self._concurrency:
            self.throttled += 1
            raise Failure(THROTTLED, "Rate Exceeded.")
        invocation = Invocation(name, self._scheduler.elapsed)
        self.invocations.append(invocation)
        self._running[getcurrent()] = invocation
        latency = self._latencies.uniform(*LATENCY_SECONDS)
        try:
            self._scheduler.sleep(latency * _BEFORE)
            result = self._handlers[name](event)
            check_result(result)
        except Failure as failure:
            invocation.error = failure.error
            raise
        else:
            return result
        finally:
            self._scheduler.sleep(invocation.began + latency - self._scheduler.elapsed)
            del self._running[getcurrent()]
