"""How the rate of a pace changes: by what the service has accepted, and by whether all that was allowed was used."""

from __future__ import annotations

from typing import Any

import pytest

from greenroom.flow.pacing.pace import Pace
from greenroom.flow.pacing.places import BATCHES_GONE, GONE, JOINED
from greenroom.flow.pacing.rates import begun, grown, slowed

NOW = 1795521600.0
WAITING = {f"{JOINED}3w9": 500, GONE: 100}


def pace(**changes: Any) -> Pace:
    """A pace at 5 a second for the last 20 s, all of it used, and nothing refused for as long; 400 wait."""
    numbers = {"rate": 5.0, "since": NOW - 20, "base": 1.0, "taken": 101, "gain": 0.015, "seen": NOW, "version": 7}
    made = Pace.of({**numbers, "markAt": NOW - 20, "markCalls": 1, **WAITING, **changes})
    assert made
    return made


def test_it_grows_when_all_that_was_allowed_was_used() -> None:
    change = grown(pace(), NOW)
    assert change
    assert change.version == 7
    assert 5 < change.put["rate"] < 5.1
    assert change.put["gain"] == 0.03


def test_not_before_it_is_time() -> None:
    assert grown(pace(since=NOW - 19), NOW) is None


def test_it_grows_although_some_executions_were_stopped() -> None:
    change = grown(pace(taken=80), NOW)
    assert change
    assert change.put["rate"] > 5


@pytest.mark.parametrize("changes", [{"taken": 50}, {f"{JOINED}3w9": 104}])
def test_it_does_not_grow_when_tasks_were_asleep_or_few(changes: dict[str, Any]) -> None:
    change = grown(pace(**changes), NOW)
    assert change
    assert (change.put["rate"], change.put["gain"]) == (5, 0.015)


def test_turns_that_nobody_took_are_not_taken_later() -> None:
    change = grown(pace(taken=50), NOW)
    assert change
    # Of the 51 that were allowed, those of a moment may still come: 1, and the calls of half a second.
    assert change.put["base"] == 50 + 3.5
    assert change.add == {GONE: 47}


def test_what_the_service_accepted_is_its_rate() -> None:
    change = slowed(pace(rate=8.0, since=NOW - 5, base=51.0, taken=91, markAt=NOW - 8, markCalls=51), NOW)
    assert change.put["rate"] == pytest.approx(0.97 * 5)
    assert change.put["markAt"] == NOW


def test_calls_that_wait_for_the_time_of_their_number_were_not_accepted() -> None:
    change = slowed(pace(rate=8.0, since=NOW - 5, base=51.0, taken=95, markAt=NOW - 8, markCalls=51), NOW)
    assert change.put["rate"] == pytest.approx(0.97 * 5)
    assert (change.put["markCalls"], change.put["base"]) == (91, 91)


def test_calls_that_were_allowed_and_not_made_were_not_accepted() -> None:
    change = slowed(pace(rate=8.0, since=NOW - 5, base=51.0, taken=90, markAt=NOW - 8, markCalls=51), NOW)
    assert change.put["rate"] == pytest.approx(0.97 * 39 / 8)
    assert (change.put["markCalls"], change.put["base"]) == (90, 90)


def accepted(calls: int, seconds: float, rate: float = 5.0, gain: float = 0.015) -> dict[str, Any]:
    """A pace of which so many calls were made, all that were allowed, since the service last refused one."""
    used = {"rate": rate, "taken": 1 + calls, "base": 1 + calls - 20 * rate}
    return dict(slowed(pace(**used, markAt=NOW - seconds, gain=gain), NOW).put)


@pytest.mark.parametrize(
    ("calls", "seconds", "rate"),
    [
        (12, 2.5, 12 / 2.5),
        (11, 2.5, 0.9 * 5),  # too few calls to measure anything
        (12, 2.0, 0.9 * 5),  # too little time
        (30, 6, 5.0),
        (20, 10, 0.6 * 5),  # never less than that
        (40, 10, 4.0),
        (40, 10.1, (40 / 10.1 * 5) ** 0.5),  # the bucket was filled meanwhile
        (10, 1000, 0.9 * 5),
        (200, 100, (3.0 * 5) ** 0.5),
    ],
)
def test_a_rate_is_measured_over_enough_calls_and_time(calls: int, seconds: float, rate: float) -> None:
    assert accepted(calls, seconds)["rate"] == pytest.approx(0.97 * rate)


@pytest.mark.parametrize(
    ("calls", "seconds", "rate"), [(100, 20, 5.0), (100, 100, 0.4 * 5), (100, 1.0, 0.4 * 5), (30, 3, 10.0)]
)
def test_the_first_refusal_tells_a_rate_that_was_not_known(calls: int, seconds: float, rate: float) -> None:
    """Whether that is more than the rate that was tried, or less."""
    found = accepted(calls, seconds, gain=1.0)
    assert (found["rate"], found["gain"], found["markAt"]) == (pytest.approx(0.97 * rate), 0.12, NOW)
    assert accepted(3, 0.5, rate=2.0, gain=1.0)["rate"] == pytest.approx(0.97 * 0.4 * 2)


@pytest.mark.parametrize(("calls", "gain"), [(19, 0.12), (20, 0.015)])
def test_a_rate_over_many_calls_is_trusted_and_measured_anew_from_then_on(calls: int, gain: float) -> None:
    found = accepted(calls, 5)
    assert (found["gain"], "markAt" in found) == (gain, calls == 20)


def test_the_buckets_whose_turns_are_gone_are_removed_with_any_change() -> None:
    change = slowed(pace(**{f"{JOINED}1w0": 1}), NOW)
    assert change.remove == [f"{JOINED}1w0"]


def test_over_few_calls_it_is_measured_on() -> None:
    change = slowed(pace(taken=16, base=-84.0, markAt=NOW - 4), NOW)
    assert change.put["rate"] == pytest.approx(0.97 * 15 / 4)
    assert "markAt" not in change.put


def test_over_no_time_it_is_a_guess() -> None:
    assert slowed(pace(markAt=NOW - 0.5, markCalls=95), NOW).put["rate"] == pytest.approx(0.97 * 0.9 * 5)


def test_after_a_refusal_nothing_is_allowed_for_a_moment_and_nothing_is_left_over() -> None:
    change = slowed(pace(taken=98), NOW)
    assert (change.put["base"], change.put["since"]) == (98, NOW + 0.5)


@pytest.mark.parametrize(("rate", "seconds"), [(0.5, 0.5), (10.0, 2.5 / (0.97 * 0.9 * 10)), (50.0, 0.1)])
def test_a_service_is_given_the_time_of_a_few_calls_to_fill_its_bucket(rate: float, seconds: float) -> None:
    change = slowed(pace(rate=rate, markAt=NOW - 0.5, markCalls=95), NOW)
    assert change.put["since"] == pytest.approx(NOW + seconds)


def test_a_rate_near_the_service_s_grows_by_little_and_then_by_more() -> None:
    now, gains = NOW, []
    each = pace()
    for _ in range(8):
        began = now
        now += each.step() + 0.01
        change = grown(pace(rate=each.rate, gain=each.gain, since=began, base=0.0, taken=101), now)
        assert change
        gains.append(change.put["rate"] / each.rate - 1)
        each = pace(rate=change.put["rate"], gain=change.put["gain"])
    assert gains == pytest.approx([0.015, 0.03, 0.06, 0.12, 0.24, 0.48, 0.5, 0.5])


def test_a_pace_begins_anywhere_and_doubles() -> None:
    first = begun(None, NOW)
    assert (first.version, first.put["gain"]) == (0, 1.0)
    again = begun(pace(), NOW)
    assert (again.version, again.put["rate"]) == (7, 4.0)
    assert again.remove == [f"{JOINED}3w9"]
    assert (again.put[GONE], again.put[BATCHES_GONE], again.put["begun"]) == (0, 0, NOW)
