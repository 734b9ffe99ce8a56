"""Each way through the flow, by a whole execution: the states it takes, and how it ends."""

from __future__ import annotations

import itertools

import pytest

from tests.statemachine.definition import START_OR_END, transitions
from tests.statemachine.executions import play
from tests.statemachine.scenarios import SCENARIOS, Scenario

each = pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)


@each
def test_it_takes_this_way_and_ends_so(scenario: Scenario) -> None:
    execution = play(**scenario.answers)
    assert execution.path == scenario.path
    assert (execution.failure if execution.error else None) == scenario.failure


def test_the_scenarios_take_every_transition_of_the_file() -> None:
    """And no other, except that a task whose error nobody catches is an end too."""
    ways = [(START_OR_END, *scenario.path, START_OR_END) for scenario in SCENARIOS.values()]
    taken = {step for way in ways for step in itertools.pairwise(way)}
    assert taken == transitions() | {("RecordFailure", START_OR_END)}
