"""Processes on virtual time: they wait for each other, can be ended from outside, and have clocks of their own."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from greenlet import getcurrent  # type: ignore[import-untyped]

from simulation.scheduler import Scheduler


@pytest.fixture
def scheduler() -> Iterator[Scheduler]:
    scheduler = Scheduler()
    with scheduler.running():
        yield scheduler


def test_a_process_waits_until_another_one_resumes_it(scheduler: Scheduler) -> None:
    seen: list[tuple[str, float]] = []

    def wait() -> None:
        scheduler.suspend()
        seen.append(("resumed", scheduler.elapsed))

    waiting = scheduler.spawn(wait)
    scheduler.spawn(lambda: scheduler.resume(waiting), 5)
    scheduler.run()
    assert seen == [("resumed", 5)]


def test_a_sleeper_that_is_resumed_early_is_not_woken_again(scheduler: Scheduler) -> None:
    seen: list[float] = []

    def sleep_twice() -> None:
        for _ in range(2):
            scheduler.sleep(10)
            seen.append(scheduler.elapsed)

    sleeper = scheduler.spawn(sleep_twice)
    scheduler.spawn(lambda: scheduler.resume(sleeper), 4)
    scheduler.run()
    assert seen == [4, 14]


def test_a_process_that_is_killed_does_nothing_more_than_its_cleaning_up(scheduler: Scheduler) -> None:
    seen: list[str] = []

    def work() -> None:
        try:
            scheduler.sleep(10)
            seen.append("done")
        finally:
            seen.append("cleaned up")

    worker = scheduler.spawn(work)
    scheduler.spawn(lambda: scheduler.kill(worker), 3)
    scheduler.run()
    assert (seen, scheduler.elapsed) == (["cleaned up"], 10 if "done" in seen else 3)


def test_a_process_that_is_killed_before_it_began_never_does(scheduler: Scheduler) -> None:
    seen: list[str] = []
    worker = scheduler.spawn(lambda: seen.append("begun"), 5)
    scheduler.kill(worker)
    scheduler.run()
    assert seen == []


def test_a_process_has_a_clock_of_its_own(scheduler: Scheduler) -> None:
    clocks: list[float] = []

    def look() -> None:
        scheduler.sleep(1)
        clocks.append(time.time() - scheduler.now)

    for skew in (0.0, 60.0, -60.0):
        scheduler.spawn(look, skew=skew)
    scheduler.run()
    assert [round(each) for each in clocks] == [0, 60, -60]


def test_time_ends_when_it_is_told_to(scheduler: Scheduler) -> None:
    def tick() -> None:
        while True:
            scheduler.sleep(1)

    scheduler.spawn(tick)
    scheduler.run(lambda: scheduler.elapsed >= 10)
    assert scheduler.elapsed == 10


def test_nobody_outside_of_a_process_can_wait_for_one() -> None:
    with pytest.raises(RuntimeError):
        Scheduler().suspend()
    assert getcurrent() is not None
