"""The looks that cost least, against trying all there are."""

from __future__ import annotations

import random
from itertools import combinations, pairwise

import pytest

from greenroom.flow.learning.looks import MAX_LOOKS, Distribution, cheapest, plan


def a_distribution(seed: int, seconds: int) -> Distribution:
    source = random.Random(seed)  # noqa: S311
    shares = [source.uniform(0.1, 1) ** 3 for _ in range(seconds)]
    return Distribution(range(seconds + 1), [share / sum(shares) for share in shares])


@pytest.mark.parametrize("look_cost", [0.1, 0.5, 2])
@pytest.mark.parametrize("seed", range(5))
def test_no_other_looks_cost_less(seed: int, look_cost: float) -> None:
    waits, last = a_distribution(seed, 9), 9

    def cost(looks: list[int]) -> float:
        """Waits end evenly in each second, so half a second before its end on average."""
        seen = [next(number for number, look in enumerate(looks) if look >= end) for end in waits.times[1:]]
        shares = [after - before for before, after in pairwise(waits.ended)]
        return sum(
            share * (looks[number] - end + 0.5 + look_cost * (number + 1))
            for end, share, number in zip(waits.times[1:], shares, seen, strict=True)
        )

    every = ([*some, last] for number in range(last) for some in combinations(range(1, last), number))
    assert cost(cheapest(waits, look_cost)) == pytest.approx(min(map(cost, every)))


def test_of_long_waits_fewer_times_are_kept_and_nothing_of_the_whole_is_lost() -> None:
    waits = Distribution([0, 1000, 5000], [0.5, 0.5])
    assert len(waits.times) < 3200
    assert waits.ended[-1] == pytest.approx(1)
    assert waits.total[-1] == pytest.approx(0.5 * 500 + 0.5 * 3000)
    assert [waits.by(share) for share in (0.25, 0.5, 1.5)] == [500, 1000, 5000]


def test_no_more_looks_are_planned_than_fit_though_they_be_cheap() -> None:
    waits = Distribution(range(0, 2001, 10), [1 / 200] * 200)
    looks = plan(waits, 0.001)
    assert len(looks) <= MAX_LOOKS
    assert looks[-1] >= 1900


@pytest.mark.parametrize("look_cost", [0.2, 0.5])
def test_looks_stand_where_waits_end(look_cost: float) -> None:
    waits = Distribution([0, 100, 104], [0.001, 0.999])
    looks = plan(waits, look_cost)
    assert looks[0] > 100
    assert len(looks) <= 4


def test_no_look_is_planned_once_next_to_no_wait_is_left() -> None:
    waits = Distribution(range(0, 200, 2), [0.2] * 4 + [0.1999] + [0.0001 / 94] * 94)
    assert plan(waits, 0.5)[-1] == 10
