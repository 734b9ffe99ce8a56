"""How long streams take to be ready: traces of made-up services, and the looks that suit them best.

A trace has seconds from the request until the stream is ready, in order of arrival. The best looks are by one who knows
when each of them becomes ready.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence

import numpy as np

STREAMS = 1000
Draw = Callable[[random.Random, float], float]
"""Draws a readiness time at a share of the trace, from 0 to 1."""


def _log_normal(source: random.Random, median: float, sigma: float) -> float:
    return median * source.lognormvariate(0, sigma)


def _either(source: random.Random, share: float, often: float, seldom: float) -> float:
    return often if source.random() < share else seldom


def _heavy_tail(source: random.Random, _: float) -> float:
    return min(1800.0, 10 * source.paretovariate(1.5))


def _warm_or_cold(source: random.Random, _: float) -> float:
    return _either(source, 0.6, _log_normal(source, 4, 0.25), _log_normal(source, 45, 0.25))


def _time_of_day(source: random.Random, at: float) -> float:
    """Five days: by day most find a warm machine, by night hardly one."""
    by_day = 0.5 + 0.45 * math.sin(10 * math.pi * at)
    return _either(source, by_day, _log_normal(source, 8, 0.3), _log_normal(source, 40, 0.3))


def _fleet_or_warm(source: random.Random, _: float) -> float:
    return _either(source, 0.8, _log_normal(source, 20, 0.3), source.uniform(300, 1500))


# The waits of the first ones are alike from beginning to end; those of the last four change.
TRACES: Mapping[str, Draw] = {
    "log-normal": lambda source, _: _log_normal(source, 25, 0.4),
    "warm-or-cold": _warm_or_cold,
    "heavy-tail": _heavy_tail,
    "quick": lambda source, _: source.uniform(1, 3),
    "fleet": lambda source, _: min(1800.0, _log_normal(source, 600, 0.35)),
    "fleet-or-warm": _fleet_or_warm,
    "drifting": lambda source, at: _log_normal(source, 15 + 45 * at, 0.3),
    "abrupt-change": lambda source, at: _log_normal(source, 20 if at < 0.5 else 60, 0.3),
    "abrupt-relief": lambda source, at: _log_normal(source, 60 if at < 0.5 else 8, 0.3),
    "time-of-day": _time_of_day,
}


def trace(name: str, streams: int = STREAMS, seed: int = 1) -> list[float]:
    """Draw the trace of that name in TRACES."""
    source = random.Random(f"{name} {seed}")  # noqa: S311
    return [round(TRACES[name](source, number / streams), 3) for number in range(streams)]


def best_looks(readiness: Sequence[float], look_cost: float) -> list[int]:
    """Return the looks, in whole seconds, ascending, that cost these streams least: their delay and `look_cost` a look.

    A look is made just after some stream has become ready, or it could be made earlier. Dynamic programming from the
    last such second back.
    """
    due = np.array([max(1, math.ceil(seconds)) for seconds in readiness])
    times = np.unique(np.append(due, 0))
    ready = np.array([np.count_nonzero(due <= time) for time in times])
    # The sum of the readiness times of all that are ready by then.
    total = np.array([float(np.sum(readiness, where=due <= time)) for time in times])
    last = len(times) - 1
    cost, following = np.zeros(last + 1), [last] * (last + 1)
    for now in range(last - 1, -1, -1):
        later = slice(now + 1, None)
        delays = times[later] * (ready[later] - ready[now]) - (total[later] - total[now])
        following[now] = now + 1 + int(np.argmin(delays + cost[later]))
        cost[now] = look_cost * (len(due) - ready[now]) + np.min(delays + cost[later])
    looks, at = [], 0
    while at < last:
        at = following[at]
        looks.append(int(times[at]))
    return looks
