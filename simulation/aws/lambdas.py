"""Lambda: calls that take their time, run out of it, die, begin late, or are made twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from greenlet import getcurrent, greenlet  # type: ignore[import-untyped]
from sfnx.testing import Failure

from simulation.payloads import check_event, check_result
from simulation.process import Handler
from simulation.scheduler import Killed, Scheduler
from simulation.threads import Future
from simulation.weather import Weather

# As Step Functions and the other callers name them.
_REFUSED = {"throttled": "Lambda.TooManyRequestsException", "fails": "Lambda.ServiceException"}
THROTTLED = _REFUSED["throttled"]
_DIED = Failure("Lambda.Unknown", "The runtime exited before it answered")
# At once in an account: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
CONCURRENCY = 1_000
# https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
_ASYNC_PAUSES = (60.0, 120.0)


@dataclass(frozen=True)
class Function:
    """A function of the template. `skew`: by how many seconds the clock of its machines is fast."""

    name: str
    timeout: float
    skew: float = 0


@dataclass(eq=False)
class _Call:
    function: Function
    end: Future
    process: greenlet | None = None
    threads: list[greenlet] = field(default_factory=list)
    is_dead: bool = False


class Lambdas:
    """The functions by name. `handlers`: their code, which a deployment replaces."""

    def __init__(
        self, functions: Mapping[str, Function], handlers: Mapping[str, Handler], scheduler: Scheduler, weather: Weather
    ) -> None:
        self.handlers = handlers
        self._functions = functions
        self._scheduler = scheduler
        self._weather = weather
        self._calls: dict[greenlet, _Call] = {}
        self._at_work: set[_Call] = set()
        self.throttled = 0
        self.waiting = 0
        """How many asynchronous calls are neither done nor given up."""
        self.on_dropped: Callable[[str, Any], None] = lambda _function, _event: None
        """Hears of an asynchronous call that was given up: the function, and its event."""

    @property
    def current(self) -> str:
        """The name of the function at work now; empty where none is."""
        call = self._calls.get(getcurrent())
        return call.function.name if call else ""

    def is_dead(self) -> bool:
        """Whether the machine of the present process has died."""
        call = self._calls.get(getcurrent())
        return bool(call and call.is_dead)

    def begin(self, work: Callable[[], object]) -> greenlet:
        """Begin a thread of the present call."""
        call = self._calls.get(getcurrent())
        process = self._scheduler.spawn(work, skew=call.function.skew if call else 0)
        if call:
            call.threads.append(process)
            self._calls[process] = call
        return process

    def call(self, name: str, event: Any) -> Any:
        """Call a function, in a process, and return its result. Raises Failure."""
        check_event(event)
        fault = self._weather.fault(f"lambda {name}", ("throttled", "fails", "late", "twice"))
        if fault in _REFUSED:
            raise Failure(_REFUSED[str(fault)], "Lambda refuses the call")
        if len(self._at_work) >= CONCURRENCY:
            self.throttled += 1
            raise Failure(THROTTLED, "Rate Exceeded.")
        after = self._weather.between(f"start of {name}", 0.01, 0.1)
        if fault == "late":
            after += self._weather.between(f"late {name}", 5, 120)
        if fault == "twice":
            # A caller that hears nothing calls again, and the first call runs on.
            self._begin(name, event, self._weather.between(f"twice {name}", 0, 90))
        return self._begin(name, event, after).end.result()

    def call_later(self, name: str, event: Any) -> None:
        """Call a function asynchronously: three attempts, and then it is dropped."""
        self.waiting += 1
        self._scheduler.spawn(lambda: self._until_done(name, event))

    def _until_done(self, name: str, event: Any) -> None:
        try:
            self._attempts(name, event)
        finally:
            self.waiting -= 1

    def _attempts(self, name: str, event: Any) -> None:
        for pause in (*_ASYNC_PAUSES, None):
            try:
                self.call(name, event)
            except Failure as failure:
                while failure.error in _REFUSED.values():
                    # What Lambda itself refuses is no attempt: it goes on for six hours.
                    self._scheduler.sleep(60)
                    try:
                        self.call(name, event)
                    except Failure as again:
                        failure = again
                    else:
                        return
                if pause is not None:
                    self._scheduler.sleep(pause)
            else:
                return
        self.on_dropped(name, event)

    def _begin(self, name: str, event: Any, after: float) -> _Call:
        function = self._functions[name]
        call = _Call(function, Future(self._scheduler))
        self._at_work.add(call)
        call.process = self._scheduler.spawn(lambda: self._run(call, event), after, skew=function.skew)
        self._calls[call.process] = call
        self._scheduler.spawn(lambda: self._end_of_time(call), after + function.timeout)
        return call

    def _run(self, call: _Call, event: Any) -> None:
        try:
            result = self.handlers[call.function.name](event)
            check_result(result)
            call.end.set_result(result)
        except Failure as failure:
            call.end.set_exception(failure)
        except Killed:
            call.is_dead = True
            call.end.set_exception(_DIED)
        finally:
            self._bury(call)

    def _end_of_time(self, call: _Call) -> None:
        if call.end.done():
            return
        call.is_dead = True
        call.end.set_exception(Failure("Sandbox.Timedout", f"Task timed out after {call.function.timeout:g} seconds"))
        if call.process:
            self._scheduler.kill(call.process)
        self._bury(call)

    def _bury(self, call: _Call) -> None:
        """The threads of a call are frozen with its machine; here they end."""
        self._at_work.discard(call)
        for thread in call.threads:
            self._scheduler.kill(thread)
            self._calls.pop(thread, None)
        if call.process and call.process.dead:
            self._calls.pop(call.process, None)
