"""The longest waits: as they grow fewer, so the looks grow rarer, and no long wait is forgotten between two others."""

from __future__ import annotations

from itertools import pairwise
from statistics import fmean

import pytest

from greenroom.flow.learning import Observation, learn
from greenroom.flow.learning.cells import Cells
from greenroom.flow.learning.density import LONGEST, with_tail
from simulation.waits import trace
from tests.unit.flow.learning.polled import LOOK_COST, costs, optimum

EDGES = [0, *range(10, 2000, 10)]
CELLS = Cells(EDGES, spans=[])
HEAVY = "heavy-tail"


def shares_of(left: list[float]) -> list[float]:
    return [before - after for before, after in pairwise(left)] + left[-1:]


def power_law(power: float) -> list[float]:
    """10 s at least, then fewer by a power of the time."""
    return shares_of([1.0, *((edge / 10) ** -power for edge in EDGES[1:])])


@pytest.mark.parametrize("power", [1.2, 1.5, 2.0])
def test_a_power_of_the_time_stays_one(power: float) -> None:
    shares = power_law(power)
    made = with_tail(CELLS, shares, 500)
    assert sum(made) == pytest.approx(1)
    assert sum(made[30:]) == pytest.approx(sum(shares[30:]), rel=0.2)


def test_what_is_not_in_the_tail_stays_as_it_is() -> None:
    shares = power_law(1.5)
    made = with_tail(CELLS, shares, 500)
    begins = next(cell for cell, (one, other) in enumerate(zip(shares, made, strict=True)) if one != other)
    assert sum(shares[begins:]) * 500 == pytest.approx(LONGEST, rel=0.2)


def test_a_gap_between_the_longest_waits_is_closed() -> None:
    shares = power_law(1.5)
    cut = [0.0 if 400 <= edge < 900 else share for edge, share in zip(EDGES, shares, strict=True)]
    cut[-1] += 1 - sum(cut)
    made = with_tail(CELLS, cut, 500)
    assert all(share > 0 for share in made[40:90])


@pytest.mark.parametrize("weight", [0.0, 1.0, 9.0])
def test_a_few_waits_have_no_tail(weight: float) -> None:
    assert with_tail(CELLS, power_law(1.5), weight) == power_law(1.5)


def test_a_tail_begins_at_the_last_cell_where_ten_waits_are_left_or_a_tenth_of_them() -> None:
    cells = Cells([0, 8, 16, 32, 64], spans=[])
    halves = [1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 16]

    def first_changed(weight: float) -> int | None:
        made = with_tail(cells, halves, weight)
        return next((n for n, (one, other) in enumerate(zip(halves, made, strict=True)) if one != other), None)

    # An eighth is left after 32 s, which is a tenth and more of 10, 15 and 80 waits.
    assert [first_changed(weight) for weight in (9, 10, 15, 80)] == [None, 3, 3, 3]
    # Of 160, ten are left after the last edge, and there is no cell that the tail could change.
    assert first_changed(160) is None


def test_where_more_than_ten_waits_are_beyond_all_cells_nothing_is_known_of_their_tail() -> None:
    shares = [*[0.5 / (len(EDGES) - 1)] * (len(EDGES) - 1), 0.5]
    assert with_tail(CELLS, shares, 500) == pytest.approx(shares, rel=1e-12)


def test_waits_that_are_over_at_once_have_no_tail() -> None:
    shares = [1.0, *[0.0] * (len(EDGES) - 1)]
    assert with_tail(CELLS, shares, 500) == shares


def test_one_wait_far_beyond_all_others_leaves_no_long_time_without_a_look() -> None:
    seen = [Observation(int(0.9 * each), int(each) + 1) for each in trace(HEAVY, 400) if each < 400]
    looks = [look for look in learn([*seen, Observation(1780, 1800)], look_cost=LOOK_COST).looks if look < 1800]
    assert max((later - look) / look for look, later in pairwise(looks) if look > 100) < 0.2


def test_a_heavy_tail_costs_little_more_than_with_the_best_looks_for_its_kind() -> None:
    seen = [Observation(int(0.9 * each), int(each) + 1) for each in trace(HEAVY, 500)]
    readiness = trace(HEAVY, 20_000, seed=2)
    least = fmean(costs(optimum(readiness), readiness))
    assert fmean(costs(learn(seen, look_cost=LOOK_COST), readiness)) <= 1.1 * least
