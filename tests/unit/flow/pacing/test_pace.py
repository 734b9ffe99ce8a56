"""When it is whose turn at a pace, and when to ask again."""

from __future__ import annotations

from typing import Any

import pytest

from greenroom.flow.pacing.lanes import Ticket
from greenroom.flow.pacing.pace import Pace
from greenroom.flow.pacing.places import JOINED
from tests.unit.flow.pacing.test_rates import NOW


def pace(**changes: Any) -> Pace:
    """A pace at 5 a second that begins now, of whose calls 10 are numbered; 4 wait, one in each round."""
    turns = {f"{JOINED}{round_}w0": 1 for round_ in range(1, 5)}
    numbers = {"rate": 5.0, "since": NOW, "base": 10.0, "taken": 10, "gain": 0.015, "seen": NOW, "version": 7}
    made = Pace.of({**numbers, "markAt": NOW, "markCalls": 0, **turns, **changes})
    assert made
    return made


@pytest.mark.parametrize(
    ("changes", "ticket", "round_", "seconds"),
    [
        ({}, Ticket("1w0", 1, 1), 1, 0.2),
        ({}, Ticket("1w0", 1, 1), 4, 0.8),
        ({"base": 11.0}, Ticket("1w0", 1, 1), 1, 0.0),
        ({"since": NOW + 3}, Ticket("1w0", 1, 1), 1, 3.2),
        ({"base": 0.0}, Ticket("1w0", 1, 1, number=10), 0, 2.0),
        ({"base": 0.0}, Ticket("1w0", 1, 1, number=1), 0, 0.2),
        ({"base": 10.0, "since": NOW + 3}, Ticket("1w0", 1, 1, number=10), 0, 0.0),
        ({"base": 0.0}, Ticket("1w0", 1, 1, number=11), 1, 2.2),  # of another pace: it waits for its turn
    ],
)
def test_a_turn_comes_when_so_many_calls_are_allowed(
    changes: dict[str, Any], ticket: Ticket, round_: int, seconds: float
) -> None:
    assert pace(**changes).wait(ticket, round_, NOW) == pytest.approx(seconds)


def test_a_pace_knows_when_it_began_unless_the_release_before_has_begun_it() -> None:
    assert [pace(begun=NOW).begun, pace().begun] == [NOW, 0.0]


@pytest.mark.parametrize(("rate", "longest"), [(2.0, 1.1), (5.0, 1.1), (50.0, 0.2)])
def test_the_rest_of_a_second_is_slept_and_less_where_many_sleep(rate: float, longest: float) -> None:
    """Of all functions, about half of five are asleep at any time."""
    each = pace(rate=rate)
    assert [each.is_due(wait) for wait in (0.0, longest, longest + 0.01)] == [True, True, False]


@pytest.mark.parametrize(("rate", "sample"), [(0.02, 1), (100.0, 1), (101.0, 2), (200.0, 2), (600.0, 6), (4000.0, 40)])
def test_so_few_calls_are_counted_that_an_item_takes_it(rate: float, sample: int) -> None:
    assert pace(rate=rate).sample() == sample


@pytest.mark.parametrize(("wait", "seconds"), [(0.5, 1), (1.5, 1), (4.0, 3), (11.9, 11), (12.1, 10), (21.0, 17)])
def test_of_a_long_wait_a_part_is_waited_since_the_rate_may_change(wait: float, seconds: int) -> None:
    assert pace(gain=1e-9).nap(wait) == seconds


@pytest.mark.parametrize(
    ("gain", "rate", "seconds"),
    [(1.0, 2.0, 1.5), (0.5, 2.0, 5.0), (0.1, 2.0, 5.0), (0.1, 50.0, 3.0), (0.09, 2.0, 30.0), (0.09, 10.0, 10.0)],
)
def test_a_step_is_longer_the_better_the_rate_is_known(gain: float, rate: float, seconds: float) -> None:
    assert pace(gain=gain, rate=rate).step() == seconds


@pytest.mark.parametrize(
    ("seen", "base", "is_over"),
    [(60, 14.0, False), (60.5, 14.0, True), (60.5, 13.0, False), (3600, 14.0, True)],
)
def test_a_pace_is_over_when_nobody_waited_for_a_minute_and_all_had_their_time(
    seen: float, base: float, *, is_over: bool
) -> None:
    assert pace(seen=NOW - seen, base=base).is_over(NOW) is is_over
