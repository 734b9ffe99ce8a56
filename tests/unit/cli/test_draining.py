"""Draining: what is stopped, what is waited for, and when nothing is left."""

from __future__ import annotations

from datetime import timedelta

import pytest

from greenroom_cli.drain.basin import Basin, Left, Run
from greenroom_cli.drain.draining import PAUSE_SECONDS, QUIET_SECONDS, Draining
from tests.support.fake_basin import FakeBasin
from tests.support.fakes import NOW

LATER = NOW + timedelta(days=90)
STREAM, RUNNING, SCHEDULED = Run("stream"), Run("running", NOW - timedelta(hours=1)), Run("scheduled", LATER)
CLOSING = Run("closing", closing=True)


def drained(basin: FakeBasin, *, cancel: bool = False, timeout: float | None = None) -> tuple[bool, Left, list[str]]:
    """Whether it is drained, what is left, and all that was shown."""
    shown: list[str] = []

    def sleep(seconds: float) -> None:
        basin.now += timedelta(seconds=seconds)
        basin.looks += 1
        basin.after(basin.looks)

    draining = Draining(basin, lambda left: shown.append(str(left)), lambda: basin.now, sleep)
    done, left = draining.until_nothing_is_left(cancel=cancel, timeout=timeout)
    return done, left, shown


def test_the_fake_keeps_the_port() -> None:
    basin: Basin = FakeBasin()
    assert basin.letters() == 0


def test_a_scheduled_batch_is_stopped_and_what_runs_is_not() -> None:
    basin = FakeBasin([STREAM], [RUNNING, SCHEDULED, CLOSING])
    done, left, _ = drained(basin, timeout=0)
    assert basin.stopped == ["scheduled"]
    assert (done, left.executions, left.batches) == (False, 1, 3)


def test_what_runs_is_stopped_if_that_is_asked_for_batches_first_and_what_closes_a_batch_never() -> None:
    basin = FakeBasin([STREAM], [RUNNING, SCHEDULED, CLOSING])
    drained(basin, cancel=True, timeout=0)
    assert basin.stopped == ["running", "scheduled", "stream"]


def test_a_stop_that_was_throttled_is_made_again() -> None:
    basin = FakeBasin([STREAM], throttled=3)
    assert drained(basin, cancel=True)[0]
    assert basin.stopped == ["stream"]


def test_a_batch_that_came_in_while_the_doors_were_closing_is_stopped_too() -> None:
    basin = FakeBasin()
    basin.after = lambda look: basin.running_batches.append(SCHEDULED) if look == 1 else None
    assert drained(basin)[0]
    assert basin.stopped == ["scheduled"]


@pytest.mark.parametrize("left", [Left(1, 0, 0, 0), Left(0, 1, 0, 0), Left(0, 0, 1, 0), Left(0, 0, 0, 1)], ids=str)
def test_as_long_as_anything_is_left_it_goes_on(left: Left) -> None:
    basin = FakeBasin([STREAM] * left.executions, [RUNNING] * left.batches, left.requests, left.deliveries)
    assert drained(basin, timeout=3600)[:2] == (False, left)


def test_nothing_is_left_once_nothing_has_been_left_for_a_minute() -> None:
    """The counts of queues and indexes lag: what they show last, they show for a minute."""
    basin = FakeBasin(queued=1)

    def after(look: int) -> None:
        basin.queued = 1 if look == 4 else 0

    basin.after = after
    done, left, shown = drained(basin)
    assert (done, left.is_nothing) == (True, True)
    assert shown == ["1 deliveries", "nothing", "1 deliveries", "nothing"]
    assert basin.now - NOW == timedelta(seconds=5 * PAUSE_SECONDS + QUIET_SECONDS)


def test_a_time_that_is_over_too_early_is_no_success_though_nothing_is_left() -> None:
    assert drained(FakeBasin(), timeout=QUIET_SECONDS / 2)[:2] == (False, Left(0, 0, 0, 0))
