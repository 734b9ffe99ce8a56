"""Learning when to look: close to the best there is, soon, and from what looks show."""

from __future__ import annotations

import random
from collections.abc import Callable
from math import ceil, exp
from statistics import NormalDist, fmean

import pytest

from greenroom.flow.learning import KEPT, MAX_LOOKS, Observation, learn, unlearned
from tests.unit.flow.learning.polled import LOOK_COST, costs, drawn, learning, log_normal, optimum, poll, warm_or_cold

NOTHING_LEARNED = unlearned(look_cost=LOOK_COST)
A_DAY = 86_400


def fixed(pause: int, readiness: list[float], *, at_once: bool = False) -> float:
    return fmean(ceil(each / pause) * pause - each + LOOK_COST * (ceil(each / pause) + at_once) for each in readiness)


def waiters(readiness: list[float]) -> tuple[float, float]:
    """Delay and looks of boto3's waiter: at once, and every 5 s."""
    return fmean(ceil(each / 5) * 5 - each for each in readiness), fmean(1 + ceil(each / 5) for each in readiness)


WIDE = [(median, 0.8) for median in (1, 2, 4, 8, 15, 25, 45, 80, 150, 300)]
NARROW = [(median, sigma) for median in (1, 2, 4, 8, 15, 25, 45, 80, 150, 300, 600, 1000) for sigma in (0.2, 0.3)]


@pytest.mark.parametrize(("median", "sigma"), WIDE + NARROW + [(1800, 0.2)])
def test_nothing_learned_costs_at_most_1_3_times_the_best_fixed_pause(median: float, sigma: float) -> None:
    ranks = [NormalDist(sigma=sigma).inv_cdf((rank + 0.5) / 400) for rank in range(400)]
    readiness = [median * exp(rank) for rank in ranks]
    best = min(fixed(5, readiness, at_once=True), *(fixed(pause, readiness) for pause in (1, 5, 30)))
    assert fmean(costs(NOTHING_LEARNED, readiness)) <= 1.3 * best


@pytest.mark.parametrize(
    "draw",
    [
        log_normal(25, 0.4),
        warm_or_cold,
        log_normal(2, 0.3),
        log_normal(600, 0.3),
    ],
    ids=["log-normal", "warm or cold", "quick", "fleet"],
)
def test_three_hundred_streams_cost_little_more_than_with_the_best_looks_for_their_kind(
    draw: Callable[[random.Random], float],
) -> None:
    readiness = drawn(draw, 300)
    learned = [cost for cost, _ in learning(NOTHING_LEARNED, readiness, every=3)]
    assert fmean(learned) <= 1.1 * fmean(costs(optimum(drawn(draw, 2000, seed=2)), readiness))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (log_normal(20, 0.3), log_normal(60, 0.3)),
        (log_normal(60, 0.3), log_normal(8, 0.3)),
        (warm_or_cold, log_normal(45, 0.25)),
    ],
    ids=["slower", "faster", "no more warm ones"],
)
def test_fifty_streams_after_a_change_it_is_followed(
    before: Callable[[random.Random], float], after: Callable[[random.Random], float]
) -> None:
    changed = drawn(after, 150)
    learned = [cost for cost, _ in learning(NOTHING_LEARNED, drawn(before, 300) + changed, every=3)]
    assert fmean(learned[350:]) <= 1.25 * fmean(costs(optimum(changed), changed[50:]))


@pytest.mark.parametrize("draw", [log_normal(25, 0.4), log_normal(25, 0.8), warm_or_cold, log_normal(2, 0.3)])
def test_it_is_faster_than_a_waiter_of_aws_and_looks_less_often(draw: Callable[[random.Random], float]) -> None:
    readiness = drawn(draw, 300)
    *_, (_, schedule) = learning(NOTHING_LEARNED, readiness, every=3)
    polled = [poll(schedule, each) for each in drawn(draw, 1000, seed=2)]
    delay, looks = waiters(drawn(draw, 1000, seed=2))
    assert fmean(delay for delay, _, _ in polled) < delay
    assert fmean(looks for _, looks, _ in polled) < looks


def test_the_dearer_a_look_the_fewer_there_are() -> None:
    seen = [poll(NOTHING_LEARNED, each)[2] for each in drawn(log_normal(25, 0.4), 100)]
    readiness = drawn(log_normal(25, 0.4), 300, seed=2)
    schedules = [learn(seen, look_cost=price) for price in (0.1, 0.5, 2.5)]
    counts = [fmean(poll(schedule, each)[1] for each in readiness) for schedule in schedules]
    assert counts[0] > 1.5 * counts[1] > 2 * counts[2]


def test_median_and_90th_percentile_are_those_of_the_waits() -> None:
    *_, (_, schedule) = learning(NOTHING_LEARNED, drawn(log_normal(25, 0.4), 300), every=3)
    assert abs(schedule.median - 25) <= 2
    assert abs(schedule.latest - 41.7) <= 4


def test_waits_that_were_never_over_are_longer_than_they_were_watched() -> None:
    over = [Observation(20, 25)] * 20
    assert learn(over, look_cost=LOOK_COST).latest <= 30
    assert learn([*over, *[Observation(900, None)] * 20], look_cost=LOOK_COST).latest > 900


def test_only_what_is_kept_counts() -> None:
    forgotten, kept = [Observation(900, 1000)] * 100, [Observation(20, 25)] * KEPT
    assert learn(forgotten + kept, look_cost=LOOK_COST) == learn(kept, look_cost=LOOK_COST)


def test_from_nothing_nothing_is_learned() -> None:
    assert learn([], look_cost=LOOK_COST) == NOTHING_LEARNED


ODD = {
    "ready at once": [Observation(0, 0)],
    "no time between the looks": [Observation(10, 10)] * 9,
    "never over": [Observation(A_DAY, None)],
    "never over, often": [Observation(900, None)] * KEPT,
    "all of a day": [Observation(0, A_DAY)] * 40,
    "one second": [Observation(0, 1)] * KEPT,
    "from a second to a day": [Observation(2**power, 2 ** (power + 1)) for power in range(16)] * 8,
}


@pytest.mark.parametrize("seen", ODD.values(), ids=ODD)
@pytest.mark.parametrize("look_cost", [0.001, 0.5, 100])
def test_whatever_was_seen_the_plan_is_one(seen: list[Observation], look_cost: float) -> None:
    schedule = learn(seen, look_cost=look_cost)
    assert 1 <= len(schedule.looks) <= MAX_LOOKS
    assert list(schedule.looks) == sorted(set(schedule.looks))
    assert schedule.looks[0] >= 1
    assert schedule.looks[-1] < 10 * A_DAY
    assert 1 <= schedule.median <= schedule.latest


def test_a_stream_that_takes_longer_than_all_before_is_looked_at_as_one_of_a_new_pool() -> None:
    schedule = learn([Observation(20, 25)] * 50, look_cost=LOOK_COST)
    assert all(schedule.pause(waited) <= 36 for waited in range(300, 1800))
