"""When the flow looks again."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator

import pytest

from greenroom.flow.schedule import Schedule, usual_pause

LEARNED = Schedule((5, 12, 30), median=11, latest=28)
UNPLANNED = Schedule((), median=0, latest=0)
A_DAY = 86_400


def looks(schedule: Schedule, late: float = 0) -> Iterator[float]:
    """When it is looked, if every call takes so long, in seconds since the wait began."""
    now = 0.0
    while True:
        now += schedule.pause(now) + late
        yield now


def until_a_day_is_over(schedule: Schedule, late: float = 0) -> list[float]:
    return list(itertools.takewhile(lambda look: look < A_DAY, looks(schedule, late)))


def test_after_the_planned_looks_pauses_are_the_usual_ones_in_proportion_to_the_last_that_was_planned() -> None:
    usual = Schedule((5, 12, 17), median=11, latest=28)
    assert list(itertools.islice(looks(usual), 7)) == [5, 12, 17, 22, 27, 33, 39]
    longer = 18 / usual_pause(12)
    assert list(itertools.islice(looks(LEARNED), 5)) == [5, 12, 30, 51, 51 + round(longer * usual_pause(51))]


def test_of_a_long_wait_each_pause_is_a_tenth_of_the_time_waited() -> None:
    assert [UNPLANNED.pause(waited) for waited in (2699, 2700, 27_000)] == [56, 270, 2700]


@pytest.mark.parametrize(
    ("waited", "pause"),
    [(0, 5), (0.999, 5), (1, 4), (4.9, 1), (5, 7), (11.99, 1), (12, 18), (30, 21), (40, 25), (100, 62)],
)
def test_a_pause_leads_to_the_next_planned_look(waited: float, pause: int) -> None:
    """The fraction of a second that is waited already is left out."""
    assert LEARNED.pause(waited) == pause


@pytest.mark.parametrize(("waited", "pause"), [(0, 2), (0.5, 2), (1, 2), (4, 2), (9.99, 5), (100, 18)])
def test_without_a_plan_all_pauses_are_the_usual_ones(waited: float, pause: int) -> None:
    assert UNPLANNED.pause(waited) == pause


@pytest.mark.parametrize("late", [0, 0.04, 0.3, 0.9])
def test_calls_that_take_part_of_a_second_put_no_look_off_by_more_than_one(late: float) -> None:
    planned = zip(LEARNED.looks, looks(LEARNED, late), strict=False)
    assert all(look <= made < look + 1 + late for look, made in planned)


def test_a_look_that_has_been_missed_is_not_made_up_for() -> None:
    assert LEARNED.pause(20) == 10
    assert LEARNED.pause(200) == 93


@pytest.mark.parametrize("schedule", [UNPLANNED, LEARNED, Schedule(tuple(range(1, 101)), 1, 1)], ids=str)
def test_a_day_has_little_more_than_a_hundred_looks_beside_the_planned_ones(schedule: Schedule) -> None:
    assert len(until_a_day_is_over(schedule)) <= len(schedule.looks) + 134


def test_it_is_the_same_after_a_way_through_json() -> None:
    assert Schedule.load(json.loads(json.dumps(LEARNED.dump()))) == LEARNED


def test_what_is_planned_after_the_deadline_is_left_out_but_for_one_look() -> None:
    assert LEARNED.within(30).looks == (5, 12)
    assert LEARNED.within(31) == LEARNED
    assert LEARNED.within(3).looks == (5,)
