"""The plans that follow from given observations, in numbers: they change with the learning, and with nothing else.

The other tests say how good a plan is. These hold it as it is, so that nothing changes it by the way.
"""

from __future__ import annotations

import doctest

import pytest

from greenroom.flow import learning
from greenroom.flow.learning import Observation, learn, learned_waits, unlearned
from greenroom.flow.learning.looks import plan
from simulation.waits import trace
from tests.unit.flow.learning.polled import LOOK_COST, drawn, log_normal, poll, warm_or_cold

NOTHING_LEARNED = unlearned(look_cost=LOOK_COST)


def polled(readiness: list[float]) -> list[Observation]:
    return [poll(NOTHING_LEARNED, each)[2] for each in readiness]


SEEN = {
    "log-normal": polled(drawn(log_normal(25, 0.4), 120)),
    "warm or cold": polled(drawn(warm_or_cold, 120)),
    "slower": polled(drawn(log_normal(20, 0.3), 80) + drawn(log_normal(60, 0.3), 40)),
    "heavy tail": [Observation(int(0.9 * each), int(each) + 1) for each in trace("heavy-tail", 300)],
    "a few": [Observation(20, 25), Observation(3, 5), Observation(40, None)],
    "one": [Observation(20, 25)],
}
# By then, this share of the waits is not over.
LEFT = {
    "log-normal": {18: 0.6594855, 36: 0.2063088, 54: 0.02873273, 72: 0.005557708, 90: 0.001554092},
    "warm or cold": {23: 0.3718848, 47: 0.1771515, 70: 0.03512487, 94: 0.009317807, 117: 0.003478795},
    "slower": {27: 0.9729539, 54: 0.697824, 82: 0.1743017, 109: 0.03118486, 136: 0.008773967},
    "heavy tail": {83: 0.03238885, 166: 0.008905641, 250: 0.00415278, 333: 0.002434079, 416: 0.001607974},
    "one": {18: 0.6650301, 36: 0.09714847, 54: 0.01146791, 72: 0.009393966, 90: 0.0084071},
    "a few": {18: 0.4935415, 36: 0.3028528, 54: 0.2046313, 72: 0.1278303, 90: 0.05220585},
}
HEAVY_TAIL = (
    "13 16 19 23 27 32 36 41 46 51 57 63 69 75 81 88 95 102 109 117 125 133 141 150 159 168 177 187 197 "
    "207 217 228 239 250 261 273 285 297 309 321 333 346 359 372 386 401 416"
)
NOTHING_SEEN = (
    "2 4 6 10 15 20 25 31 37 44 51 59 68 78 90 105 123 143 165 189 214 240 266 292 318 344 370 395 420 "
    "445 470 495 520 545 570 596 622 648 674 701 728 755 783 811 839 867 896 925 954 984 1014 1044 1074 "
    "1104 1135 1166 1197 1228 1259 1290 1321 1353 1385 1417 1449 1481 1513 1546 1579 1612 1645 1678 1711 "
    "1745 1779 1813 1847 1881 1915 1950 1985 2020 2056 2093 2131 2170 2210 2251 2294 2338 2383 2429 2477 "
    "2526 2577 2629 2683"
)
# When half of the waits are over, when nine in ten are, and when to look.
PLANS = {
    "log-normal": (23, 44, "14 18 22 26 30 34 38 41 44 47 50 53 56 59 62 65 68 71 74 78 82 86 90"),
    "warm or cold": (6, 56, "3 5 7 31 37 42 46 50 54 57 60 64 68 72 76 80 84 88 92 97 102 107 112 117"),
    "slower": (
        64,
        89,
        "40 49 55 60 65 69 73 77 81 85 88 92 96 100 104 108 112 116 120 124 128 132 136",
    ),
    "heavy tail": (
        15,
        44,
        HEAVY_TAIL,
    ),
    "one": (23, 36, "4 12 21 24 26 27 31 35 39 42 45 47 50 58 67 78 90"),
    "a few": (18, 79, "5 8 15 22 28 34 39 45 54 61 67 72 77 82 86 90"),
}
# By what a look costs: when to look, and how many of these looks are planned.
OF_NOTHING = {
    0.5: (NOTHING_SEEN, 16),
    5.0: ("7 19 35 56 83 125 189 269 350 431 511 590 672 756 843", 5),
}


def numbers(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split()))


def test_the_worked_example_is_true() -> None:
    assert doctest.testmod(learning) == (0, 4)


@pytest.mark.parametrize("name", SEEN)
def test_the_same_observations_tell_the_same_of_the_waits(name: str) -> None:
    waits = learned_waits(SEEN[name])
    assert {time: waits.left(time) for time in LEFT[name]} == pytest.approx(LEFT[name], rel=1e-6)


@pytest.mark.parametrize("name", SEEN)
def test_the_same_observations_give_the_same_plan(name: str) -> None:
    median, latest, looks = PLANS[name]
    learned = learn(SEEN[name], look_cost=LOOK_COST)
    assert (learned.median, learned.latest) == (median, latest)
    assert plan(learned_waits(SEEN[name]), LOOK_COST) == numbers(looks)
    assert learned.looks[: len(numbers(looks))] == numbers(looks)
    assert len(learned.looks) == len(numbers(looks)) + 2


def test_a_plan_of_short_waits_goes_on_for_two_minutes() -> None:
    quick = [Observation(1, 2)] * 50
    planned = plan(learned_waits(quick), LOOK_COST)
    looks = learn(quick, look_cost=LOOK_COST).looks
    assert (looks[: len(planned)], looks[-1]) == (planned, 104)


def test_where_looks_cost_next_to_nothing_those_that_fit_are_as_dense_as_most_of_the_waits_need() -> None:
    waits = learned_waits(SEEN["heavy tail"])
    assert plan(waits, 0.001) == tuple(range(9, 109))
    assert plan(waits, 0.02) == (*range(9, 95), *range(96, 124, 2))
    assert plan(waits, 5) == numbers("17 28 42 57 74 92 113 136 162 190 221 255 292 331 372 416")


@pytest.mark.parametrize("look_cost", OF_NOTHING)
def test_a_pool_of_which_nothing_was_seen_has_the_same_plan(look_cost: float) -> None:
    looks, planned = OF_NOTHING[look_cost]
    learned = unlearned(look_cost=look_cost)
    assert learned.looks == numbers(looks)[:planned]
    assert (learned.median, learned.latest) == (25, 90)


def test_the_looks_after_those_that_are_planned_are_the_same_as_if_they_were() -> None:
    learned, made = unlearned(look_cost=LOOK_COST), [0]
    while made[-1] < 2683:
        made.append(made[-1] + learned.pause(made[-1]))
    assert tuple(made[1:]) == numbers(NOTHING_SEEN)
