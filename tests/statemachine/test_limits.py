"""Whether the longest request that is accepted stays within the limits of one execution."""

from __future__ import annotations

import pytest

from greenroom.payloads import Schedule
from greenroom.request import MAX_DEADLINE_SECONDS
from infra.settings import Settings
from tests.statemachine.definition import DEFINITION, STATES, reachable_from

FUNCTION_SECONDS = 30
# https://docs.aws.amazon.com/step-functions/latest/dg/bp-history-limit.html
MAX_EVENTS = 25_000
# Every state is entered and exited; between the two a function is scheduled, started, and has succeeded.
EVENTS_OF_A_RETRY = 3
EVENTS = {"Task": 5, "Choice": 2, "Wait": 2, "Pass": 2}


def test_the_machine_outlives_the_longest_deadline_and_all_attempts_to_tell_the_outcome() -> None:
    telling = sum(
        retrier["MaxAttempts"] * (retrier["MaxDelaySeconds"] + FUNCTION_SECONDS)
        for state in ("ConnectStream", "PublishReady", "PublishFailure")
        for retrier in STATES[state]["Retry"]
    )
    assert DEFINITION["TimeoutSeconds"] > MAX_DEADLINE_SECONDS + telling


@pytest.mark.parametrize("pause", [1, Settings().poll_max_seconds])
def test_the_longest_deadline_fits_into_the_history_of_an_execution(pause: int) -> None:
    turn = {state for state in reachable_from("GetStream") if "GetStream" in reachable_from(state)}
    events = sum(EVENTS[STATES[state]["Type"]] for state in turn)
    schedule = Schedule(first=1, backoff_rate=1.5, max=pause).within_history(MAX_DEADLINE_SECONDS)
    throttled = max(retrier["MaxAttempts"] for retrier in STATES["GetStream"]["Retry"]) * EVENTS_OF_A_RETRY
    assert MAX_DEADLINE_SECONDS / schedule.max * events + throttled < MAX_EVENTS
