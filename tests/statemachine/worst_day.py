"""The events of the worst execution there can be, computed from the file; test_limits.py explains the sum."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache, partial
from itertools import accumulate, product, repeat

from greenroom.domain.values import Status
from greenroom.flow.learning import MAX_LOOKS
from greenroom.flow.schedule import Schedule
from greenroom.flow.tasks import LONGEST_SILENCE_SECONDS
from greenroom.providers.fields import ProviderFields
from greenroom.request.stream_request import MAX_DEADLINE_SECONDS
from tests.statemachine.definition import DEFINITION, FUNCTIONS, STATES, Retrier, few
from tests.statemachine.paths import ROOM_AWAITED, SESSION_AWAITED, STREAM_AWAITED
from tests.support.examples import a_flow, a_record, a_task
from tests.support.fakes import (
    NOW,
    FakeClock,
    InMemoryRecords,
    InMemoryStreamUrls,
    ScriptedPacer,
    ScriptedProvider,
)

# The longest for which a provider that comes with Greenroom tries to get the URL of a ready stream.
CONNECT_SECONDS = ProviderFields(provider="any").connect_seconds
# What is left to the machine then.
RECORDING_SECONDS = DEFINITION["TimeoutSeconds"] - MAX_DEADLINE_SECONDS - CONNECT_SECONDS
# Every state is entered and exited; between the two a task is scheduled, started, and has succeeded.
EVENTS = {"Task": 5, "Choice": 2, "Wait": 2, "Fail": 2, "Succeed": 2}
EVENTS_OF_A_RETRY = 3

# Numbers of throttles that are tried: beyond these, one retry more is like the one before.
_THROTTLES: tuple[int, ...] = (*range(12), 15, 20, 30, 50, 100, 200, 500, 1000, 2000, 4000)
_ENDS_OF_THE_SESSION_S_WAIT = (100, 300, 1000, 3000, 10_000, 30_000, MAX_DEADLINE_SECONDS)


def events(states: tuple[str, ...]) -> int:
    return sum(EVENTS[STATES[state]["Type"]] for state in states)


PASSED_ONCE = events(tuple(STATES))


def delays(retrier: Retrier) -> Iterator[float]:
    """The delay before each retry, on average."""
    longest: float = retrier["MaxDelaySeconds"]
    delay: float = retrier["IntervalSeconds"]
    while delay < longest:
        yield delay / 2
        delay *= retrier["BackoffRate"]
    yield from repeat(longest / 2)


@cache
def seconds_of(state: str, error: str, most: float) -> list[float]:
    """How long it takes on average to retry not at all, once, twice, …, as often as it may and as `most` allows."""
    retrier: Retrier = next(each for each in STATES[state]["Retry"] if error in each["ErrorEquals"])
    found = [0.0]
    for seconds in accumulate(delays(retrier)):
        if seconds > most or len(found) > retrier["MaxAttempts"]:
            break
        found.append(seconds)
    return found


def throttled(state: str, most: float) -> list[float]:
    """The same of what is waited out: throttling, and every outage of AWS."""
    return seconds_of(state, "ThrottlingException", most)


def throttled_for(state: str, seconds: float) -> int:
    """The events of retries in so many seconds."""
    return EVENTS_OF_A_RETRY * (len(throttled(state, seconds)) - 1)


def failed(state: str) -> int:
    """The events of all retries of what is neither final nor throttled."""
    return EVENTS_OF_A_RETRY * few(state)


class Request:
    """A request at a service that has nothing ready, and a pace that says the shortest that there is: in a second."""

    def __init__(self) -> None:
        self.clock, self.task, self.pacer = FakeClock(), a_task(MAX_DEADLINE_SECONDS), ScriptedPacer()
        self._began, self._records, self._stream_urls = NOW, InMemoryRecords(a_record()), InMemoryStreamUrls()

    @property
    def age(self) -> float:
        """Seconds since the request came."""
        return (self.clock.now - self._began) / timedelta(seconds=1)

    def is_ready(self) -> None:
        """Its stream is seen ready, and gives its URL for as long as it may."""
        seen = self.task.progress.replace(status=Status.READY, ready_at=self.clock.now)
        self.task = self.task.replace(request=self.task.request.replace(connect_seconds=CONNECT_SECONDS), progress=seen)

    def send_away(self, operation: str) -> int:
        """Call the task of an operation when it is not its turn. Gives the seconds after which it is to come again."""
        self.pacer.waits = {operation: 1}
        return self._call(operation)

    def let_through(self, operation: str) -> None:
        self.pacer.waits = {}
        self._call(operation)

    def _call(self, operation: str) -> int:
        flow = a_flow({"nimble": ScriptedProvider()}, self._records, self.clock, pacer=self.pacer)
        steps = {"prepare": flow.prepare_session, "create": flow.create_stream}
        report = steps.get(operation, flow.get_stream)(self.task)
        self.task = self.task.replace(progress=report)
        self.clock.advance(report.wait)
        return report.wait


@cache
def turns(late: float, operation: str, until: int) -> list[float]:
    """When a request calls that is never at its turn to look, or to connect: in seconds, one call past `until`.

    Each call is late. All but the pace is the task's own.
    """
    request, called = Request(), [0.0]
    if operation == "connect":
        request.is_ready()
    while called[-1] < until:
        request.send_away(operation)
        request.clock.advance(late)
        called.append(request.age)
    return called[1:]


def visits(late: float, session_s_wait: float) -> float:
    """How many turns, and after them looks, there are until the deadline if each is so late; a fraction for the last.

    Turns are counted while they come as often as looks can. The session's wait takes so long; then the stream's begins.
    """
    quickest = Schedule(tuple(range(1, MAX_LOOKS + 1)), median=0, latest=0)
    seen, now = 0.0, 0.0
    for called in turns(late, "look", MAX_DEADLINE_SECONDS):
        pause = called - now
        if called > MAX_DEADLINE_SECONDS:
            return seen + (MAX_DEADLINE_SECONDS - now) / pause
        if pause > late + quickest.pause(now):
            break
        seen, now = seen + 1, called
    for end in (now + session_s_wait, MAX_DEADLINE_SECONDS):
        since = now
        while now < min(end, MAX_DEADLINE_SECONDS):
            pause = late + quickest.pause(now - since)
            if now + pause > MAX_DEADLINE_SECONDS:
                return seen + (MAX_DEADLINE_SECONDS - now) / pause
            seen, now = seen + 1, now + pause
    return seen


def connections(late: float) -> float:
    """How many turns there are until a ready stream is given up, if each is so late; a fraction for the last."""
    *before, last = [0.0, *turns(late, "connect", CONNECT_SECONDS)]
    whole: float = len(before) - 1
    return whole + (CONNECT_SECONDS - before[-1]) / (last - before[-1])


def most_events(count: Callable[[float], float]) -> float:
    """The most events, over all numbers of throttles and failures a visit, if it counts the visits that are so late."""
    slow = throttled("GetStream", MAX_DEADLINE_SECONDS)
    rest = seconds_of("GetStream", "States.TaskFailed", MAX_DEADLINE_SECONDS)
    each = events(STREAM_AWAITED)
    for task, way in (("PrepareSession", SESSION_AWAITED), ("CreateStream", ROOM_AWAITED)):
        assert (throttled(task, MAX_DEADLINE_SECONDS), few(task), events(way)) == (slow, few("GetStream"), each)
    numbers = [(n, m) for n, m in product(_THROTTLES, range(len(rest))) if n < len(slow)]
    return max(count(slow[n] + rest[m]) * (each + EVENTS_OF_A_RETRY * (n + m)) for n, m in numbers)


def worst_day() -> float:
    """The most events of an execution over the longest deadline."""
    waiting = max(most_events(partial(visits, session_s_wait=end)) for end in _ENDS_OF_THE_SESSION_S_WAIT)
    once = sum(failed(state) for state in FUNCTIONS)
    return waiting + most_events(connections) + recording() + PASSED_ONCE + once


def recording() -> float:
    """The events of RecordReady while the table is away, until the machine ends, or the URL."""
    tried = seconds_of("RecordReady", "States.TaskFailed", RECORDING_SECONDS)
    of_a_round = EVENTS["Task"] + EVENTS["Choice"] + failed("RecordReady")
    return float(math.ceil(RECORDING_SECONDS / tried[-1]) * of_a_round)


def silence() -> float:
    """The events of a service that does not answer for the longest deadline, while the pauses are the longest ones."""
    return MAX_DEADLINE_SECONDS / ((1 + LONGEST_SILENCE_SECONDS) / 2) * events(STREAM_AWAITED)
