"""For how long the flow pauses before a task calls the service again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from greenroom.domain.errors import EndpointUnreachable
from greenroom.domain.values import Status
from greenroom.flow.pacing import NotYet
from greenroom.flow.payloads import ProgressReport
from greenroom.flow.tasks import LONGEST_SILENCE_SECONDS, MANY_TURNS, postponed, seconds_away, silent
from tests.support.examples import a_task
from tests.support.fakes import NOW

SILENT = EndpointUnreachable("https://provider.example did not answer")


@pytest.mark.parametrize(
    ("turns", "paced", "left", "seconds"),
    [
        (MANY_TURNS - 1, 7, 900, 7),
        (MANY_TURNS, 7, 900, 101),
        (MANY_TURNS, 300, 900, 300),
        (MANY_TURNS, 7, 60, 60),
        (0, 7, 1, 1),
        (0, 7, 0, 1),
    ],
)
def test_after_many_turns_a_pause_is_a_part_of_the_time_waited_and_none_goes_past_the_end(
    turns: int, paced: int, left: int, seconds: int
) -> None:
    waited = timedelta(seconds=1_001)
    assert seconds_away(a_task(turns=turns), NotYet(paced, "ticket"), waited, left) == seconds


def test_a_turn_that_has_not_come_is_counted_and_the_time_waited_is_that_since_the_execution_began() -> None:
    task = a_task(10_000, turns=MANY_TURNS, state="IN_PROGRESS", waited=3)
    told = postponed(task, NotYet(7, "ticket"), NOW + timedelta(seconds=5), NOW + timedelta(seconds=1_000))
    assert told == task.progress.replace(
        wait=100, ticket="ticket", queued_at=NOW + timedelta(seconds=5), turns=MANY_TURNS + 1
    )


def test_a_silence_uses_up_the_place_in_the_queue_and_the_words_of_the_last_answer() -> None:
    before = ProgressReport(
        Status.READY, "stream", "READY", "OK", "Now", ticket="ticket", queued_at=NOW, since=NOW, ready_at=NOW, turns=3
    )
    told = silent(before, NOW, SILENT, NOW + timedelta(seconds=1))
    assert told.replace(wait=0) == ProgressReport(
        Status.READY,
        "stream",
        "EndpointUnreachable",
        None,
        f"The service does not answer since 2026-11-24T12:00:00Z: {SILENT}",
        since=NOW,
        ready_at=NOW,
        turns=3,
        unanswered_since=NOW,
    )


@pytest.mark.parametrize(
    ("silent_for", "longest"), [(0, 2), (2.1, 3), (3, 3), (100, 100), (3_000, LONGEST_SILENCE_SECONDS)]
)
def test_the_pause_of_a_silence_is_any_from_one_second_up_to_its_length(silent_for: float, longest: int) -> None:
    now = NOW + timedelta(seconds=silent_for)
    pauses = {silent(a_task().progress, NOW, SILENT, now).wait for _ in range(30 * longest)}
    assert pauses == set(range(1, longest + 1))
