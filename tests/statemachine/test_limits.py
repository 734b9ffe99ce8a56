"""Whether the longest request that is accepted stays within the limits of one execution.

An execution's history ends at 25,000 events, and throttling is retried without end. So this counts, from the file's
own numbers, the events of the worst day there can be. The sum:

1. A visit is a Wait, a Task and a Choice: 9 events. Each attempt that fails adds 3. A visit either looks at a session
   or stream, or finds that it is not its turn.
2. A visit takes its pause and the delays before its retries. A delay with full jitter is any part of its limit, so half
   of it on average: `min(interval * backoff^k, longest) / 2`. The calls take no time: that makes most events.
3. The looks are as many as a plan may have, each as early as it may be: a second after the one before. After them
   pauses grow by a tenth of the time waited. This happens twice: until a stream is made, and until it is ready; what
   counts is the end of the first wait with the most events.
4. Of the pace, nothing is assumed but that it sends a request away for at least a second. It does so as long as that
   makes more events than looks do; only the tasks themselves can make it less often.
5. A visit may be throttled `n` times where the pace cannot be kept, `n` being any number, and fail `m` times, as often
   as the file allows. What counts is the pair with the most events until the deadline: many retries are many events,
   and leave time for few visits. That every visit has the same numbers is an assumption, and so is that errors in a
   row come at all: each alone is rare.
6. To get the URL comes last, for all of the hour that is the longest for which it is tried: never at its turn,
   throttled and failing as before. Every task fails as often as it may.
7. 5 % more, for bad luck with the jitter. Over so many delays its spread is about 1 %.
"""

from __future__ import annotations

import pytest

from greenroom.flow.learning import MAX_LOOKS, Observation, learn, unlearned
from greenroom.request.stream_request import MAX_DEADLINE_SECONDS
from tests.statemachine.definition import DEFINITION, FUNCTIONS, STATES
from tests.statemachine.worst_day import (
    CONNECT_SECONDS,
    PASSED_ONCE,
    RECORDING_SECONDS,
    Request,
    silence,
    throttled_for,
    worst_day,
)

# https://docs.aws.amazon.com/step-functions/latest/dg/bp-history-limit.html
MAX_EVENTS = 25_000
LUCK = 1.05
FUNCTION_SECONDS = 30
SHORTEST = 1


def test_the_longest_deadline_fits_into_the_history_whatever_is_throttled_and_fails() -> None:
    assert worst_day() * LUCK < MAX_EVENTS


@pytest.mark.parametrize("before", ["prepare", "create", "look"])
@pytest.mark.parametrize("after", ["prepare", "create", "look"])
def test_a_turn_in_between_does_not_make_a_request_call_more_often_again(before: str, after: str) -> None:
    """So that the sum may count the frequent turns of a whole day once."""
    request = Request()
    while (seconds := request.send_away(before)) < 2 * SHORTEST:
        assert request.age < MAX_EVENTS / 9, "it calls every second for as long as it likes"
    request.let_through(before)
    assert request.send_away(after) >= seconds


@pytest.mark.parametrize("state", FUNCTIONS)
def test_a_task_that_is_throttled_until_the_machine_ends_does_not_fill_the_history(state: str) -> None:
    assert (PASSED_ONCE + throttled_for(state, DEFINITION["TimeoutSeconds"])) * LUCK < MAX_EVENTS


def test_no_plan_has_more_looks_than_are_counted() -> None:
    everywhere = [Observation(seconds, seconds + 1) for seconds in range(1, 4000, 10)]
    for look_cost in (0.05, 0.5, 60):
        for schedule in (unlearned(look_cost=look_cost), learn(everywhere, look_cost=look_cost)):
            assert len(schedule.looks) <= MAX_LOOKS


def test_the_machine_outlives_the_longest_deadline_and_all_attempts_to_tell_the_outcome() -> None:
    rest = STATES["RecordFailure"]["Retry"][-1]
    telling = rest["MaxAttempts"] * (rest["MaxDelaySeconds"] + FUNCTION_SECONDS)
    assert DEFINITION["TimeoutSeconds"] > MAX_DEADLINE_SECONDS + CONNECT_SECONDS + telling
    assert RECORDING_SECONDS >= 3600


def test_a_service_that_does_not_answer_for_a_day_makes_fewer_events_than_the_worst_day() -> None:
    """Its pauses are drawn; early on they are short, and few."""
    assert silence() < 0.8 * worst_day()
