"""Draining: what is stopped, what is waited for, and when nothing is left."""

from __future__ import annotations

from datetime import timedelta

import pytest

from greenroom_cli.drain.draining import PAUSE_SECONDS, QUIET_SECONDS, Draining
from greenroom_cli.drain.running_stack import Left, Run, RunningStack
from tests.support.fake_running_stack import FakeRunningStack
from tests.support.fakes import NOW

LATER = NOW + timedelta(days=90)
STREAM, RUNNING, SCHEDULED = Run("stream"), Run("running", NOW - timedelta(hours=1)), Run("scheduled", LATER)
CLOSING = Run("closing", closing=True)


def drained(
    running_stack: FakeRunningStack, *, cancel: bool = False, timeout: float | None = None
) -> tuple[bool, Left, list[str]]:
    """Whether it is drained, what is left, and all that was shown."""
    shown: list[str] = []

    def sleep(seconds: float) -> None:
        running_stack.now += timedelta(seconds=seconds)
        running_stack.looks += 1
        running_stack.after(running_stack.looks)

    draining = Draining(running_stack, lambda left: shown.append(str(left)), lambda: running_stack.now, sleep)
    done, left = draining.until_nothing_is_left(cancel=cancel, timeout=timeout)
    return done, left, shown


def test_the_fake_keeps_the_port() -> None:
    running_stack: RunningStack = FakeRunningStack()
    assert running_stack.letters() == 0


def test_a_scheduled_batch_is_stopped_and_what_runs_is_not() -> None:
    running_stack = FakeRunningStack([STREAM], [RUNNING, SCHEDULED, CLOSING])
    done, left, _ = drained(running_stack, timeout=0)
    assert running_stack.stopped == ["scheduled"]
    assert (done, left.executions, left.batches) == (False, 1, 3)


def test_what_runs_is_stopped_if_that_is_asked_for_batches_first_and_what_closes_a_batch_never() -> None:
    running_stack = FakeRunningStack([STREAM], [RUNNING, SCHEDULED, CLOSING])
    drained(running_stack, cancel=True, timeout=0)
    assert running_stack.stopped == ["running", "scheduled", "stream"]


def test_a_stop_that_was_throttled_is_made_again() -> None:
    running_stack = FakeRunningStack([STREAM], throttled=3)
    assert drained(running_stack, cancel=True)[0]
    assert running_stack.stopped == ["stream"]


def test_a_batch_that_came_in_while_the_doors_were_closing_is_stopped_too() -> None:
    running_stack = FakeRunningStack()
    running_stack.after = lambda look: running_stack.running_batches.append(SCHEDULED) if look == 1 else None
    assert drained(running_stack)[0]
    assert running_stack.stopped == ["scheduled"]


@pytest.mark.parametrize("left", [Left(1, 0, 0, 0), Left(0, 1, 0, 0), Left(0, 0, 1, 0), Left(0, 0, 0, 1)], ids=str)
def test_as_long_as_anything_is_left_it_goes_on(left: Left) -> None:
    running_stack = FakeRunningStack(
        [STREAM] * left.executions, [RUNNING] * left.batches, left.requests, left.deliveries
    )
    assert drained(running_stack, timeout=3600)[:2] == (False, left)


def test_nothing_is_left_once_nothing_has_been_left_for_a_minute() -> None:
    """The counts of queues and indexes lag: what they show last, they show for a minute."""
    running_stack = FakeRunningStack(queued=1)

    def after(look: int) -> None:
        running_stack.queued = 1 if look == 4 else 0

    running_stack.after = after
    done, left, shown = drained(running_stack)
    assert (done, left.is_nothing) == (True, True)
    assert shown == ["1 deliveries", "nothing", "1 deliveries", "nothing"]
    assert running_stack.now - NOW == timedelta(seconds=5 * PAUSE_SECONDS + QUIET_SECONDS)


def test_a_time_that_is_over_too_early_is_no_success_though_nothing_is_left() -> None:
    assert drained(FakeRunningStack(), timeout=QUIET_SECONDS / 2)[:2] == (False, Left(0, 0, 0, 0))
