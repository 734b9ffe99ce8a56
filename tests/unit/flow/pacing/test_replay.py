"""Given calls of a given service, in numbers: they change with the pacing, and with nothing else.

The other tests say how fair and how quick the pacing is. These hold it as it is, so that nothing changes it by the way.
"""

from __future__ import annotations

import heapq
from datetime import timedelta

import pytest

from greenroom.domain.errors import ThrottlingException
from greenroom.flow.pacing import NotYet, Pacer
from tests.support.fakes import NOW, FakeClock
from tests.support.paces import InMemoryPaces

NAME = "nimble/create"


class Service:
    """Takes so many calls a second, and so many at once."""

    def __init__(self, clock: FakeClock, rate: float, burst: float) -> None:
        self._clock, self._rate, self._burst = clock, rate, burst
        self._tokens, self._since = burst, clock.now
        self.refused = 0

    def call(self) -> None:
        filled = (self._clock.now - self._since).total_seconds() * self._rate
        self._tokens, self._since = min(self._burst, self._tokens + filled), self._clock.now
        if self._tokens < 1:
            self.refused += 1
            raise ThrottlingException("Too many requests")
        self._tokens -= 1


def replay(arrivals: list[tuple[float, str]], rate: float, burst: float) -> tuple[list[float], int, dict[str, float]]:
    """Return when each task made its call, in tenths of a second, the refused calls, and the numbers at the end."""
    clock, paces = FakeClock(), InMemoryPaces()
    service, pacer = Service(clock, rate, burst), Pacer(paces, clock, sleep=clock.advance)
    due = [(arrived, task, "") for task, (arrived, _) in enumerate(arrivals)]
    heapq.heapify(due)
    made = [0.0] * len(arrivals)
    while due:
        at, task, ticket = heapq.heappop(due)
        clock.now = max(clock.now, NOW + timedelta(seconds=at))
        arrived, lane = arrivals[task]
        try:
            pacer.ask(NAME, service.call, lane=lane, arrived_at=NOW + timedelta(seconds=arrived), ticket=ticket)
            made[task] = round((clock.now - NOW).total_seconds(), 1)
        except NotYet as not_yet:
            asked_again = (clock.now - NOW).total_seconds() + not_yet.seconds
            heapq.heappush(due, (asked_again, task, not_yet.ticket))
    return made, service.refused, paces.numbers[NAME]


def of_three(many: int) -> list[tuple[float, str]]:
    """Arrivals, ten a second, of two owners and of a batch."""
    return [(task / 10, ("ada", "bob", "ada", "batch/ada")[task % 4]) for task in range(many)]


def test_each_call_of_a_short_queue_is_made_at_its_moment() -> None:
    made, refused, numbers = replay(of_three(40), rate=3, burst=5)
    assert made == [
        *(0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 1.8, 11.2, 1.9, 2.1, 2.3, 11.9, 2.6, 2.8, 4.3, 11.6, 4.7, 3.9, 5.2, 12.6),
        *(6.0, 2.4, 7.3, 12.3, 8.5, 5.6, 8.1, 12.9, 8.9, 6.4, 9.3, 13.2, 9.6, 6.9, 10.4, 13.8, 10.8, 7.7, 10.0, 13.5),
    ]
    assert refused == 2
    kept = ("rate", "gain", "base", "taken", "gone", "batchesGone", "markCalls", "version")
    assert [numbers[name] for name in kept] == pytest.approx([3.2331, 0.48, 28.0, 34, 1, 5, 6, 4], rel=1e-4)


AT_ONCE = [(0.0, f"owner {task % 5}") for task in range(120)]
IN_TWO_WAVES = of_three(30) + [(200 + arrived, lane) for arrived, lane in of_three(30)]


@pytest.mark.parametrize(
    ("arrivals", "service", "calls", "numbers"),
    [
        (of_three(160), (4, 10), (6, 38.7, 2944.8), [3.8356, 0.015, 95.0, 144, 13, 36, 94, 12]),
        (of_three(300), (8, 16), (3, 38.0, 5400.5), [7.303, 0.12, 210.0, 224, 10, 5, 36, 12]),
        (AT_ONCE, (2, 3), (7, 60.1, 3555.8), [2.0301, 0.24, 106.0, 117, 16, 0, 80, 13]),
        (IN_TWO_WAVES, (2, 4), (4, 214.4, 6409.7), [2.529, 0.48, 22.0, 26, 1, 3, 0, 8]),
    ],
    ids=["half a minute", "fast", "at once", "in two waves"],
)
def test_the_same_calls_are_made_at_the_same_moments(
    arrivals: list[tuple[float, str]],
    service: tuple[float, float],
    calls: tuple[int, float, float],
    numbers: list[float],
) -> None:
    """How many are refused, when the last one is made, the sum of all moments, and what is known of the pace then."""
    made, refused, found = replay(arrivals, *service)
    assert (refused, max(made), round(sum(made), 1)) == calls
    kept = ("rate", "gain", "base", "taken", "gone", "batchesGone", "markCalls", "version")
    assert [found[name] for name in kept] == pytest.approx(numbers, rel=1e-4)
