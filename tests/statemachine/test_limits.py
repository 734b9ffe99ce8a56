"""Whether the longest request that is accepted stays within the limits of one execution.

An execution's history ends at 25,000 events, and throttling is retried without end. So this counts, from the file's
own numbers, the events of the worst day there can be, for the slowest and the quickest pauses that a deployment may
set. The sum:

1. A look at a stream or session is a Wait, a Task and a Choice: 9 events. Each attempt that fails adds 3.
2. It takes its pause and the delays before its retries. A delay with full jitter is any part of its limit, so half of
   it on average: `min(interval * backoff^k, longest) / 2`. The calls themselves take no time: that makes most events.
3. A look may be throttled `n` times, `n` being any number, and fail `m` times, as often as the file allows. What counts
   is the pair with the most events until the deadline: many retries are many events, and leave time for few looks.
4. Pauses grow twice from the first one to the longest: until a stream is made, and again until it is ready. The longest
   is the one that `Schedule.within_history` stretches.
5. ConnectStream comes last, throttled for all of the hour that is the longest for which it is tried. Every
   task fails as often as it may, and RecordReady is throttled in all the time that is left to the machine's timeout.
   AcceptRequest and CreateStream may be throttled too, but that time has fewer events than the same time of looks.
6. 5 % more, for bad luck with the jitter. Over so many delays its spread is about 1 %.
"""

from __future__ import annotations

import pytest

from greenroom.flow.schedule import Schedule
from greenroom.request.stream_request import MAX_DEADLINE_SECONDS
from infra.settings import Settings
from tests.statemachine.definition import DEFINITION, TASKS
from tests.statemachine.worst_day import CONNECT_SECONDS, PASSED_ONCE, retriers, throttled_for, worst_day

# https://docs.aws.amazon.com/step-functions/latest/dg/bp-history-limit.html
MAX_EVENTS = 25_000
LUCK = 1.05
FUNCTION_SECONDS = 30


@pytest.mark.parametrize(
    "settings",
    [
        Settings(),
        Settings(poll_first_seconds=1, poll_max_seconds=1),
        Settings(poll_first_seconds=1, poll_backoff_rate=1.1, poll_max_seconds=1),
        Settings(poll_first_seconds=1, poll_backoff_rate=1.1, poll_max_seconds=300),
        Settings(poll_first_seconds=300, poll_max_seconds=300),
    ],
    ids=["as it comes", "quick", "quickest", "quick, and then slow", "slowest"],
)
def test_the_longest_deadline_fits_into_the_history_whatever_is_throttled_and_fails(settings: Settings) -> None:
    first, rate, longest = settings.poll_first_seconds, settings.poll_backoff_rate, settings.poll_max_seconds
    assert worst_day(Schedule(first=first, backoff_rate=rate, max=longest)) * LUCK < MAX_EVENTS


@pytest.mark.parametrize("state", TASKS)
def test_a_task_that_is_throttled_to_the_end_does_not_fill_the_history(state: str) -> None:
    """ConnectStream says itself when its time is over, an hour at the most; the others end with the machine."""
    until = CONNECT_SECONDS if state == "ConnectStream" else DEFINITION["TimeoutSeconds"]
    assert (PASSED_ONCE + throttled_for(state, until)) * LUCK < MAX_EVENTS


def test_the_machine_outlives_the_longest_deadline_and_all_attempts_to_tell_the_outcome() -> None:
    rest = [retriers(state)[1] for state in ("RecordReady", "RecordFailure")]
    telling = sum(each["MaxAttempts"] * (each["MaxDelaySeconds"] + FUNCTION_SECONDS) for each in rest)
    assert DEFINITION["TimeoutSeconds"] > MAX_DEADLINE_SECONDS + CONNECT_SECONDS + telling
