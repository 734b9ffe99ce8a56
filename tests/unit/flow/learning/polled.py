"""Streams that become ready at given times, looked at by what was learned of those before them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence

from greenroom.flow.learning import KEPT, Observation, learn
from greenroom.flow.schedule import Schedule
from simulation.waits import best_looks

LOOK_COST = 0.5


def log_normal(median: float, sigma: float) -> Callable[[random.Random], float]:
    return lambda source: median * source.lognormvariate(0, sigma)


def warm_or_cold(source: random.Random) -> float:
    return log_normal(*((4, 0.25) if source.random() < 0.6 else (45, 0.25)))(source)


def drawn(draw: Callable[[random.Random], float], streams: int, seed: int = 1) -> list[float]:
    source = random.Random(seed)  # noqa: S311
    return [draw(source) for _ in range(streams)]


def poll(schedule: Schedule, readiness: float) -> tuple[float, int, Observation]:
    """Return the delay in seconds, the looks, and what they have shown."""
    after = looks = 0
    while True:
        looks += 1
        look = after + schedule.pause(after)
        if look >= readiness:
            return look - readiness, looks, Observation(after, look)
        after = look


def costs(schedule: Schedule, readiness: Sequence[float]) -> list[float]:
    return [delay + LOOK_COST * looks for delay, looks, _ in (poll(schedule, each) for each in readiness)]


def learning(schedule: Schedule, readiness: Sequence[float], every: int = 1) -> Iterator[tuple[float, Schedule]]:
    """Yield the cost of each stream, and the schedule by then, which is learned after so many streams."""
    seen: list[Observation] = []
    for number, each in enumerate(readiness):
        delay, looks, observation = poll(schedule, each)
        seen = [*seen, observation][-KEPT:]
        if number % every == 0:
            schedule = learn(seen, look_cost=LOOK_COST)
        yield delay + LOOK_COST * looks, schedule


def optimum(readiness: Sequence[float]) -> Schedule:
    return Schedule(tuple(best_looks(readiness, LOOK_COST)), 0, 0)
