"""How long the flow waits before a task is called again: as long as the task said."""

from __future__ import annotations

import pytest

from tests.statemachine.answers import (
    CONNECTED,
    NO_ROOM,
    PENDING,
    READY,
    SESSION_PENDING,
    Answer,
    Answers,
    accepts,
    pausing,
)
from tests.statemachine.executions import play

# By Wait state: the task whose answers tell of this wait, how they begin, and how it ends.
WAITS: dict[str, tuple[str, Answer, Answer]] = {
    "WaitForSession": ("PrepareSession", SESSION_PENDING, READY),
    "WaitForCapacity": ("CreateStream", NO_ROOM, READY),
    "WaitForStream": ("GetStream", PENDING, CONNECTED),
}
UP_TO: dict[str, Answers] = {
    "WaitForCapacity": {"PrepareSession": [pausing(NO_ROOM, 0)]},
    "WaitForStream": {"PrepareSession": [pausing(PENDING, 0)]},
}


@pytest.mark.parametrize("state", WAITS)
def test_the_flow_waits_as_long_as_the_task_said_whatever_was_planned_and_the_deadline_is(state: str) -> None:
    task, pending, last = WAITS[state]
    before = UP_TO.get(state, {})
    answers = [pausing(pending, 77), pausing(pending, 1), pausing(pending, 3_600), last]
    execution = play(**{"AcceptRequest": [accepts(deadline_in=60)], **before, task: answers})
    assert execution.pauses[state][-3:] == [77, 1, 3_600]


@pytest.mark.parametrize("state", WAITS)
def test_functions_that_a_deployment_was_rolled_back_to_say_nothing_and_are_called_every_second(state: str) -> None:
    """Those of 0.1.0 left the pause to the definition of then, in which `wait` was 0."""
    task, pending, last = WAITS[state]
    before = UP_TO.get(state, {})
    execution = play(**{**before, task: [pausing(pending, 0), last]})
    assert set(execution.pauses[state]) == {1}
