"""When the flow looks again: what callers are told, and how far pauses are stretched for a long wait."""

from __future__ import annotations

import math

import pytest

from greenroom.flow.schedule import MAX_LOOKS, Schedule

SCHEDULES = [
    Schedule(first=5, backoff_rate=1.5, max=20),
    Schedule(first=1, backoff_rate=1, max=1),
    Schedule(first=1, backoff_rate=10, max=300),
    Schedule(first=300, backoff_rate=2, max=300),
]
AGES = [*range(400), 0.001, 4.999, 5.001, 12.5, 3599.9, 86_400]


def looks(schedule: Schedule, count: int) -> list[float]:
    """Return the ages at which the state machine looks: its own arithmetic, `pause = min(pause * rate, max)`."""
    ages, pause = [float(schedule.first)], float(schedule.first)
    for _ in range(count):
        pause = min(pause * schedule.backoff_rate, schedule.max)
        ages.append(ages[-1] + pause)
    return ages


@pytest.mark.parametrize("schedule", SCHEDULES, ids=str)
def test_the_next_look_is_at_least_a_second_and_at_most_the_longest_pause_away(schedule: Schedule) -> None:
    assert all(1 <= schedule.seconds_until_next_look(age) <= schedule.max for age in AGES)


@pytest.mark.parametrize("schedule", SCHEDULES, ids=str)
def test_who_comes_back_as_told_comes_right_after_a_look(schedule: Schedule) -> None:
    ages = looks(schedule, 50)
    for age in (age for age in AGES if age < ages[-1]):
        next_look = next(look for look in ages if look > age)
        back_at = age + schedule.seconds_until_next_look(age)
        assert next_look <= back_at <= next_look + 1


@pytest.mark.parametrize(("age", "seconds"), [(0, 5), (4.5, 1), (5, 8), (12.5, 12), (100, 1), (-3, 8)])
def test_pauses_grow_up_to_the_longest(age: float, seconds: int) -> None:
    """Looks at 5, 12.5, 23.75, 40.6, 60.6, 80.6, 100.6, … seconds; a caller who is early waits for the first."""
    assert SCHEDULES[0].seconds_until_next_look(age) == seconds


@pytest.mark.parametrize("seconds", [1, 900, 3600, 20 * MAX_LOOKS])
def test_a_wait_that_fits_into_the_history_keeps_its_pauses(seconds: int) -> None:
    assert SCHEDULES[0].within_history(seconds) == SCHEDULES[0]


@pytest.mark.parametrize("seconds", [20 * MAX_LOOKS + 1, 43_200, 86_400])
def test_only_the_longest_pause_is_stretched_until_the_looks_fit(seconds: int) -> None:
    stretched = SCHEDULES[0].within_history(seconds)
    assert (stretched.first, stretched.backoff_rate) == (5, 1.5)
    assert stretched.max == math.ceil(seconds / MAX_LOOKS) > 20


def test_a_pause_that_is_longer_already_stays() -> None:
    assert SCHEDULES[3].within_history(86_400) == SCHEDULES[3]
