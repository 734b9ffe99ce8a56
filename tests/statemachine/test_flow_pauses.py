"""How long the flow waits between two looks: the `Seconds` of its Wait states, evaluated by whole executions.

No history shows how long a Wait was, so these run the file with each Wait made to hand on its `Seconds` instead.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from greenroom.flow.payloads import Work
from greenroom.flow.schedule import Schedule
from tests.statemachine.answers import PENDING, READY, accepts
from tests.statemachine.conftest import Pauses

HURRIED = accepts(deadline_in=4000, schedule=Schedule(first=5000, backoff_rate=2, max=9000))


@pytest.mark.mocked(CreateStream=[PENDING], GetStream=[*[PENDING] * 5, READY])
def test_pauses_grow_by_the_schedule_in_whole_seconds_up_to_the_longest(pauses: Pauses) -> None:
    assert pauses("WaitForStream") == [2, 3, 5, 6, 6, 6]


@pytest.mark.mocked(PrepareSession=[*[PENDING] * 4, READY], CreateStream=[PENDING], GetStream=[PENDING, READY])
def test_pauses_start_anew_for_the_stream_once_the_session_is_ready(pauses: Pauses) -> None:
    assert (pauses("WaitForSession"), pauses("WaitForStream")) == ([2, 3, 5, 6], [2, 3])


@pytest.mark.mocked(
    AcceptRequest=[accepts(schedule=Schedule(first=7, backoff_rate=1, max=7))],
    PrepareSession=[PENDING, PENDING, READY],
)
def test_pauses_stay_as_they_are_without_backoff(pauses: Pauses) -> None:
    assert pauses("WaitForSession") == [7, 7]


@pytest.mark.mocked(AcceptRequest=[HURRIED], PrepareSession=[PENDING, READY], CreateStream=[PENDING])
def test_a_pause_ends_at_the_deadline_when_the_schedule_would_go_past_it(pauses: Pauses) -> None:
    (session,), (stream,) = pauses("WaitForSession"), pauses("WaitForStream")
    deadline = Work.model_validate(HURRIED["Return"]).deadline_at
    seconds_left = (deadline - datetime.now(UTC)).total_seconds()
    a_moment_ago = seconds_left + 60
    assert seconds_left <= stream <= session <= a_moment_ago
