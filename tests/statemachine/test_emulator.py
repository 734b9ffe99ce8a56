"""The emulator agrees with sfnx, which runs the other tests here: the same file, the same answers, the same way."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import pytest

from tests.statemachine.emulator import client
from tests.statemachine.executions import Execution
from tests.statemachine.scenarios import SCENARIOS

GIVE_UP_SECONDS = 30.0
GLANCE_SECONDS = 0.02


def outcome(states: Any, arn: str) -> Mapping[str, Any]:
    """Wait until an execution has ended."""
    give_up = time.monotonic() + GIVE_UP_SECONDS
    while (found := states.describe_execution(executionArn=arn))["status"] == "RUNNING":
        assert time.monotonic() < give_up, f"{arn} does not end"
        time.sleep(GLANCE_SECONDS)
    ended: Mapping[str, Any] = found
    return ended


def entered(states: Any, arn: str) -> tuple[str, ...]:
    """The states in the order in which they were entered."""
    pages = states.get_paginator("get_execution_history").paginate(executionArn=arn)
    events = [event for page in pages for event in page["events"] if event["type"].endswith("StateEntered")]
    return tuple(event["stateEnteredEventDetails"]["name"] for event in events)


@pytest.mark.parametrize("name", SCENARIOS)
def test_it_takes_the_same_way_to_the_same_end(
    name: str, aws: str, started: Mapping[str, str], played: Mapping[str, Execution]
) -> None:
    states, by_sfnx = client("stepfunctions", aws), played[name]
    ended = outcome(states, started[name])
    assert entered(states, started[name]) == by_sfnx.path
    assert ended["status"] == ("FAILED" if by_sfnx.error else "SUCCEEDED")
    assert (ended.get("error"), ended.get("cause")) == (by_sfnx.error, by_sfnx.cause)
