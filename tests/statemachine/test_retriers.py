"""Which errors `statemachine/stream.asl.json` retries and catches, and how patiently; what no emulator shows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from greenroom.domain import errors
from tests.statemachine.definition import STATES, TASKS

WAITING = ("PrepareSession", "CreateStream", "GetStream")
ASKING = (*WAITING, "ConnectStream")
LAST_RESORTS = {"RejectRequest", "RecordFailure"}
WILDCARDS = {"States.ALL", "States.TaskFailed"}
FINAL = {
    "AcceptRequest": ("InvalidRequest", "RequestConflict", "RequestEnded"),
    **dict.fromkeys(WAITING, ("ServiceRefused", "DeadlineExceeded")),
    "ConnectStream": ("ServiceRefused", "UrlExpired"),
}
# The other tasks that ask the service tell this as progress, and a Wait state waits for it.
WAITED_FOR = {"ConnectStream": ("CapacityUnavailable",)}
LAMBDA_THROTTLED = "Lambda.TooManyRequestsException"
# All that differs: the longest delay in seconds when throttled, that of the rest, and how often the rest is retried.
NUMBERS = {
    **dict.fromkeys(TASKS, (30, 10, 5)),
    "ConnectStream": (10, 10, 5),
    "RecordReady": (30, 20, 9),
    "RecordFailure": (30, 20, 9),
}
# The most that Step Functions takes; the deadline ends it.
WITHOUT_END = 99_999_999


def retrier(error_equals: list[str], longest_delay: int, attempts: int) -> dict[str, Any]:
    backoff = {"IntervalSeconds": 1, "BackoffRate": 2, "MaxDelaySeconds": longest_delay, "JitterStrategy": "FULL"}
    return {"ErrorEquals": error_equals, **backoff, "MaxAttempts": attempts}


def named() -> Iterator[str]:
    for state in TASKS:
        for rule in (*STATES[state]["Retry"], *STATES[state].get("Catch", ())):
            yield from rule["ErrorEquals"]


@pytest.mark.parametrize("state", TASKS)
def test_the_retriers_of_all_tasks_read_alike(state: str) -> None:
    throttled_delay, delay, few = NUMBERS[state]
    expected = [
        *([{"ErrorEquals": list(FINAL[state]), "MaxAttempts": 0}] if state in FINAL else []),
        retrier(["ThrottlingException", *WAITED_FOR.get(state, ()), LAMBDA_THROTTLED], throttled_delay, WITHOUT_END),
        retrier(["States.TaskFailed"], delay, few),
    ]
    assert [list(rule.items()) for rule in STATES[state]["Retry"]] == [list(rule.items()) for rule in expected]


@pytest.mark.parametrize("state", ASKING)
def test_of_what_a_service_may_answer_only_its_refusal_is_final(state: str) -> None:
    final = [error for error in FINAL[state] if issubclass(getattr(errors, error), errors.ProviderError)]
    assert final == ["ServiceRefused"]


@pytest.mark.parametrize("state", TASKS)
def test_every_error_is_caught_but_those_of_the_last_resorts(state: str) -> None:
    catchers = STATES[state].get("Catch", [{"ErrorEquals": None, "Next": None}])
    caught = (catchers[-1]["ErrorEquals"], catchers[-1]["Next"])
    assert caught == ((None, None) if state in LAST_RESORTS else (["States.ALL"], "RecordFailure"))


@pytest.mark.parametrize("state", TASKS)
def test_wildcards_stand_alone_and_last_as_the_language_demands(state: str) -> None:
    for rules in (STATES[state]["Retry"], STATES[state].get("Catch", [])):
        for position, rule in enumerate(rules, start=1):
            if WILDCARDS & set(rule["ErrorEquals"]):
                assert (len(rule["ErrorEquals"]), position) == (1, len(rules))


def test_every_error_of_ours_that_is_named_exists() -> None:
    ours = {name for name in named() if not name.startswith(("Lambda.", "Sandbox.", "States."))}
    assert [name for name in ours if not hasattr(errors, name)] == []
