"""The events of the worst execution there can be, computed from the file; test_limits.py explains the sum."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from itertools import accumulate, chain, repeat
from typing import Any

from greenroom.flow.schedule import Schedule
from greenroom.providers.fields import ProviderFields
from greenroom.request.stream_request import MAX_DEADLINE_SECONDS
from tests.statemachine.definition import DEFINITION, STATES, TASKS, successors

CONNECT_SECONDS = ProviderFields(provider="any").connect_seconds
# Every state is entered and exited; between the two a function is scheduled, started, and has succeeded.
EVENTS = {"Task": 5, "Choice": 2, "Wait": 2, "Fail": 2, "Succeed": 2}
EVENTS_OF_A_RETRY = 3
PASSED_ONCE = sum(EVENTS[state["Type"]] for state in STATES.values())

Retrier = Mapping[str, Any]


def delays(retrier: Retrier) -> Iterator[float]:
    """The delay before each retry, on average."""
    longest: float = retrier["MaxDelaySeconds"]
    delay: float = retrier["IntervalSeconds"]
    while delay < longest:
        yield delay / 2
        delay *= retrier["BackoffRate"]
    yield from repeat(longest / 2)


def retriers(state: str) -> tuple[Retrier, Retrier]:
    """The one for what is throttled, and the one for the rest."""
    throttled, rest = STATES[state]["Retry"][-2:]
    assert (throttled["ErrorEquals"][0], rest["ErrorEquals"]) == ("ThrottlingException", ["States.TaskFailed"])
    return throttled, rest


def seconds_of(retrier: Retrier, most: float) -> list[float]:
    """How long it takes on average to retry not at all, once, twice, …, as often as it may and as `most` allows."""
    found = [0.0]
    for seconds in accumulate(delays(retrier)):
        if seconds > most or len(found) > retrier["MaxAttempts"]:
            return found
        found.append(seconds)
    return found


def throttled_for(state: str, seconds: float) -> int:
    """The events of retries in so many seconds."""
    return EVENTS_OF_A_RETRY * (len(seconds_of(retriers(state)[0], seconds)) - 1)


def failed(state: str) -> int:
    """The events of all retries of what is not throttled."""
    return EVENTS_OF_A_RETRY * int(retriers(state)[1]["MaxAttempts"])


def turn(look: str) -> int:
    """The events of one look: of all the states between it and the next one, by the shortest way."""
    ways = [[look]]
    while not (back := [way for way in ways if way[-1] == look and len(way) > 1]):
        ways = [[*way, state] for way in ways for state in successors(STATES[way[-1]])]
    return sum(EVENTS[STATES[state]["Type"]] for state in back[0][1:])


def pauses(schedule: Schedule) -> Iterator[int]:
    """All pauses, as the Wait states round them: they grow until a stream is made, and then again."""
    growing, pause = [], float(schedule.first)
    while pause < schedule.max:
        growing.append(math.ceil(pause))
        pause *= schedule.backoff_rate
    return chain(growing, growing, repeat(schedule.max))


def looks(paused: list[int], delay: float) -> float:
    """How many looks fit before the deadline if each is late by a delay; of the one that it cuts off, the part before.

    `paused[k]` is the sum of the first `k` pauses; the last one is past the deadline.
    """

    def end(k: int) -> float:
        return paused[k] + k * delay

    whole = bisect_right(range(len(paused)), float(MAX_DEADLINE_SECONDS), key=end) - 1
    return whole + (MAX_DEADLINE_SECONDS - end(whole)) / (end(whole + 1) - end(whole))


def worst_looks(schedule: Schedule) -> float:
    """The most events until the deadline, over all numbers of throttles and failures a look."""
    paused = [0]
    for pause in pauses(schedule):
        paused.append(paused[-1] + pause)
        if paused[-1] > MAX_DEADLINE_SECONDS:
            break
    throttled, rest = (seconds_of(retrier, MAX_DEADLINE_SECONDS) for retrier in retriers("GetStream"))
    for asked in ("PrepareSession", "CreateStream"):
        assert (retriers(asked), turn(asked)) == (retriers("GetStream"), turn("GetStream"))
    numbers = range(len(throttled))
    up_to_a_hundred_and_then_in_hundreds = chain(numbers[:100], numbers[100::100])
    return max(
        looks(paused, throttled[n] + rest[m]) * (turn("GetStream") + EVENTS_OF_A_RETRY * (n + m))
        for n in up_to_a_hundred_and_then_in_hundreds
        for m in range(len(rest))
    )


def worst_day(schedule: Schedule) -> float:
    """The most events of an execution over the longest deadline."""
    waiting = worst_looks(schedule.within_history(MAX_DEADLINE_SECONDS))
    connecting = throttled_for("ConnectStream", CONNECT_SECONDS)
    recording = throttled_for("RecordReady", DEFINITION["TimeoutSeconds"] - MAX_DEADLINE_SECONDS - CONNECT_SECONDS)
    return waiting + connecting + recording + PASSED_ONCE + sum(failed(state) for state in TASKS)
