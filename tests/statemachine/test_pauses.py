"""How long the flow waits before a task is called again: as long as the task said."""

from __future__ import annotations

import pytest

from tests.statemachine.answers import (
    CONNECTED,
    PENDING,
    READY,
    SESSION_PENDING,
    Answer,
    accepts,
    pausing,
)
from tests.statemachine.executions import play

# By Wait state: the task whose answers tell of this wait, how they begin, and how it ends.
WAITS: dict[str, tuple[str, Answer, Answer]] = {
    "WaitForSession": ("CreateStream", SESSION_PENDING, READY),
    "WaitForStream": ("GetStream", PENDING, CONNECTED),
}


@pytest.mark.parametrize("state", WAITS)
def test_the_flow_waits_as_long_as_the_task_said_whatever_was_planned_and_the_deadline_is(state: str) -> None:
    task, pending, last = WAITS[state]
    created = {"CreateStream": [pausing(PENDING, 5)]} if state == "WaitForStream" else {}
    answers = [pausing(pending, 77), pausing(pending, 1), pausing(pending, 3_600), last]
    execution = play(**{"AcceptRequest": [accepts(deadline_in=60)], **created, task: answers})
    assert execution.pauses[state][-3:] == [77, 1, 3_600]


@pytest.mark.parametrize("state", WAITS)
def test_functions_that_a_deployment_was_rolled_back_to_say_nothing_and_are_called_every_second(state: str) -> None:
    """Those of 0.1.0 left the pause to the definition of then, in which `wait` was 0."""
    task, pending, last = WAITS[state]
    created = {"CreateStream": [pausing(PENDING, 0)]} if state == "WaitForStream" else {}
    execution = play(**{**created, task: [pausing(pending, 0), last]})
    assert set(execution.pauses[state]) == {1}
