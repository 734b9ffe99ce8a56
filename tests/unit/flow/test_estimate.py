"""The next look at a request that waits, and when its stream will be ready, by the schedules that it runs on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest

from greenroom.domain.values import Wait, Waiting
from greenroom.flow.estimate import estimate, seconds_until_next_look
from greenroom.flow.schedule import Schedule
from greenroom.record.model import Record
from tests.support.examples import a_record
from tests.support.fakes import NOW

SESSION = Schedule((60, 90), median=70, latest=90)
STREAM = Schedule((5, 10, 20), median=12, latest=25)
BEGAN = NOW + timedelta(seconds=100)
PHASES: dict[str, Mapping[Waiting, Wait]] = {
    "just accepted": {},
    "waiting for the session": {Waiting.SESSION: Wait(NOW)},
    "the session is ready": {Waiting.SESSION: Wait(NOW, 60, 90)},
    "waiting for the stream": {Waiting.STREAM: Wait(NOW)},
    "waiting for the stream after the session": {Waiting.SESSION: Wait(NOW, 60, 90), Waiting.STREAM: Wait(BEGAN, 5)},
}


def waiting(phase: str) -> Record:
    return a_record(schedules={"session": SESSION.dump(), "stream": STREAM.dump()}, waits=PHASES[phase])


def foreseen(phase: str, after: float) -> tuple[float, float]:
    """When the stream will be ready, by median and 90th percentile, in seconds since NOW, as told after so many."""
    found = estimate(waiting(phase), NOW + timedelta(seconds=after))
    return (found.ready_at - NOW).total_seconds(), (found.latest_ready_at - NOW).total_seconds()


@pytest.mark.parametrize(
    ("phase", "after", "seconds"),
    [
        ("just accepted", 0, 5),
        ("waiting for the session", 0, 60),
        ("waiting for the session", 60, 30),
        ("waiting for the stream", 4.9, 1),
        ("waiting for the stream", 5, 5),
        ("waiting for the stream", 60, 18),
        ("waiting for the stream after the session", 100, 5),
        ("waiting for the stream after the session", 112, 8),
    ],
)
def test_the_next_look_is_that_of_the_wait_that_the_request_is_in(phase: str, after: float, seconds: int) -> None:
    assert seconds_until_next_look(waiting(phase), NOW + timedelta(seconds=after)) == seconds


@pytest.mark.parametrize(
    ("phase", "after", "by"),
    [
        ("just accepted", 0, (12, 25)),
        ("waiting for the stream", 5, (12, 25)),
        ("waiting for the stream after the session", 105, (112, 125)),
        ("waiting for the session", 0, (70 + 12, 90 + 25)),
        ("waiting for the session", 60, (90 + 12, 90 + 25)),
    ],
)
def test_a_stream_is_ready_by_what_was_learned_and_its_session_s_time_comes_first(
    phase: str, after: float, by: tuple[int, int]
) -> None:
    assert foreseen(phase, after) == by


@pytest.mark.parametrize(
    ("after", "by"),
    [(12, (20, 25)), (20, (30, 30)), (24, (35, 35)), (100, (135, 135))],
    ids=["past the median", "past the last planned look", "late", "later than nine in ten"],
)
def test_what_takes_longer_than_most_is_ready_at_the_next_look_at_the_earliest(
    after: float, by: tuple[float, float]
) -> None:
    assert foreseen("waiting for the stream", after) == by


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("after", [0, 0.9, 12, 59.5, 99, 100, 101.3, 3600, 86_400])
def test_an_estimate_is_always_of_a_time_to_come(phase: str, after: float) -> None:
    ready, latest = foreseen(phase, after)
    assert after < ready <= latest
