"""Bursts against a service that limits its calls: many tasks at once on a virtual clock, through one pacer."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

import pytest

from greenroom.domain.errors import ThrottlingException
from greenroom.flow.pacing import NotYet, Pacer
from simulation.scheduler import Scheduler
from tests.support.paces import InMemoryPaces

ARRIVALS_A_SECOND = 300


@dataclass
class Bucket:
    """The service: a token bucket of one second's worth. `changes`: new rates by the second from which they count."""

    rate: float
    changes: dict[float, float] = field(default_factory=dict)
    accepted: list[float] = field(default_factory=list)
    refused: int = 0
    level: float = field(init=False)
    at: float = 0.0

    def __post_init__(self) -> None:
        self.level = max(1.0, self.rate)

    def take(self, now: float) -> None:
        for second in [second for second in self.changes if second <= now]:
            self.rate = self.changes.pop(second)
        self.level = min(max(1.0, self.rate), self.level + (now - self.at) * self.rate)
        self.at = now
        if self.level < 1:
            self.refused += 1
            raise ThrottlingException("Too many requests")
        self.level -= 1
        self.accepted.append(now)


@dataclass
class Burst:
    """Each execution asks for one call. `order`: the executions, by number, as their calls were made."""

    requests: int
    service: Bucket
    stopped: Callable[[int], bool] = lambda _number: False
    paces: InMemoryPaces = field(default_factory=InMemoryPaces)
    lane: Callable[[int], str] = lambda _number: "ada"
    after: Callable[[int], float] = lambda number: number / ARRIVALS_A_SECOND
    order: list[int] = field(default_factory=list)
    asked: int = 0

    def play(self, seed: int = 1) -> Burst:
        self.clock, self.chance = Scheduler(), random.Random(seed)  # noqa: S311  # no secret
        self.pacer = Pacer(self.paces, lambda: datetime.now(UTC))
        with self.clock.running():
            for number in range(self.requests):
                self.clock.spawn(partial(self._execution, number), self.after(number))
            self.clock.run()
        return self

    @property
    def seconds(self) -> float:
        return self.service.accepted[-1]

    @property
    def displacement(self) -> float:
        """The mean distance between the ranks of arrival and of the call, as a part of all."""
        return sum(abs(rank - number) for rank, number in enumerate(self.order)) / len(self.order) ** 2

    def waits(self, lane: str) -> list[float]:
        """The seconds from each arrival of a lane to its call."""
        accepted = dict(zip(self.order, self.service.accepted, strict=True))
        return [accepted[number] - self.after(number) for number in sorted(self.order) if self.lane(number) == lane]

    def _execution(self, number: int) -> None:
        arrived, ticket = datetime.now(UTC), ""
        self._pass(0.2)
        while True:
            try:
                self.asked += 1
                self.pacer.ask(
                    "create", lambda: self._call(number), lane=self.lane(number), arrived_at=arrived, ticket=ticket
                )
            except NotYet as not_yet:
                if self.stopped(number):
                    return
                ticket = not_yet.ticket
                self.clock.sleep(not_yet.seconds)
                self._pass(0.1)
            else:
                return

    def _call(self, number: int) -> None:
        self._pass(0.05)
        self.service.take(self.clock.elapsed)
        self.order.append(number)

    def _pass(self, seconds: float) -> None:
        self.clock.sleep(self.chance.uniform(0.5 * seconds, 1.5 * seconds))


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_a_burst_is_served_in_order_nearly_as_fast_as_the_service_allows(seed: int) -> None:
    burst = Burst(1000, Bucket(5)).play(seed)
    assert len(burst.order) == 1000
    assert burst.seconds <= 1.035 * 1000 / 5
    assert burst.displacement <= 0.01
    assert burst.service.refused <= 35
    assert burst.asked / 1000 <= 6


@pytest.mark.parametrize(("rate", "seconds", "refused"), [(1, 1.35, 35), (20, 1.13, 60), (100, 1.9, 40)])
def test_the_rate_is_found_whatever_it_is(rate: int, seconds: float, refused: int) -> None:
    requests = 300 if rate == 1 else 1000
    burst = Burst(requests, Bucket(rate)).play()
    assert burst.seconds <= seconds * requests / rate
    assert burst.service.refused <= refused


def test_when_the_service_slows_down_the_pace_follows() -> None:
    burst = Burst(800, Bucket(5, changes={80: 2.5})).play()
    assert burst.seconds <= 80 + 1.12 * 400 / 2.5
    assert burst.service.refused <= 40


def test_when_the_service_speeds_up_the_pace_follows() -> None:
    burst = Burst(1600, Bucket(5, changes={120: 10})).play()
    assert burst.seconds <= 120 + 1.35 * 1000 / 10
    assert burst.service.refused <= 40
    assert burst.displacement <= 0.01


def test_executions_that_are_stopped_cost_no_more_than_their_turns() -> None:
    burst = Burst(800, Bucket(5), stopped=lambda number: number % 4 == 1).play()
    assert len(burst.order) >= 600
    assert burst.seconds <= 1.35 * 800 / 5


def test_below_the_limit_nothing_is_different() -> None:
    burst = Burst(100, Bucket(400)).play()
    assert (burst.asked, burst.service.refused, burst.paces.numbers) == (100, 0, {})


def crowd(lane: str, others: dict[int, str], every: float = 1.0) -> Burst:
    """A thousand of one lane at once; from 20 s on come others, by their numbers from 1,000 on."""
    return Burst(
        1000 + len(others),
        Bucket(20),
        lane=lambda number: others.get(number, lane),
        after=lambda number: number / ARRIVALS_A_SECOND if number < 1000 else 20 + every * (number - 1000),
    )


def test_who_asks_now_does_not_wait_for_the_thousand_of_another() -> None:
    people = {1000 + index: f"person {index}" for index in range(15)}
    burst = crowd("portal", people).play()
    assert max(burst.waits("portal")) > 40
    assert max(burst.waits(person)[0] for person in people.values()) <= 2.5
    assert burst.seconds <= 1.13 * 1015 / 20


def test_nor_does_one_who_asks_for_a_few() -> None:
    burst = crowd("portal", dict.fromkeys(range(1000, 1020), "ada"), every=0.01).play()
    assert max(burst.waits("ada")) <= 2 * 20 / 20 + 2.5


def test_two_who_ask_for_many_share_about_equally() -> None:
    burst = Burst(
        1200,
        Bucket(20),
        lane=lambda number: "ada" if number < 600 else "bob",
        after=lambda number: number / ARRIVALS_A_SECOND if number < 600 else 5 + (number - 600) / ARRIVALS_A_SECOND,
    ).play()
    together = burst.order[200:1000]
    assert 0.45 < sum(number < 600 for number in together) / len(together) < 0.55
    assert burst.displacement > 0.01


def test_a_batch_yields_to_single_requests_and_batches_take_turns() -> None:
    others = {**dict.fromkeys(range(1000, 1060), "ada"), 1060: "batch/bob"}
    burst = crowd("batch/portal", others, every=0.1).play()
    assert max(burst.waits("ada")) <= 3
    assert burst.waits("batch/bob")[0] <= 8
    assert burst.seconds <= 1.13 * 1061 / 20


def test_a_thousand_owners_are_one_bucket_a_round_and_served_about_as_they_came() -> None:
    burst = Burst(600, Bucket(20), lane=str).play()
    assert len(burst.paces.numbers["create"]) <= 60
    assert burst.displacement <= 0.03
