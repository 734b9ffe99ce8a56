"""Which errors `statemachine/stream.asl.json` retries and catches, and how patiently; what no emulator shows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from greenroom import errors
from tests.statemachine.definition import STATES, TASKS

ASKING = ("PrepareSession", "CreateStream", "GetStream", "ConnectStream")
LAST_RESORTS = {"RejectRequest", "PublishFailure"}
WILDCARDS = {"States.ALL", "States.TaskFailed"}
# https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html, "Handling transient Lambda exceptions".
LAMBDA_TRANSIENT = {
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
}


def retriers(state: str) -> list[dict[str, Any]]:
    return [retrier for retrier in STATES[state]["Retry"] if retrier.get("MaxAttempts") != 0]


def retried(state: str) -> set[str]:
    return {error for retrier in retriers(state) for error in retrier["ErrorEquals"]}


def named() -> Iterator[str]:
    for state in TASKS:
        for rule in (*STATES[state]["Retry"], *STATES[state].get("Catch", ())):
            yield from rule["ErrorEquals"]


@pytest.mark.parametrize("state", TASKS)
def test_every_task_is_retried_ever_more_slowly_with_full_jitter_and_a_longest_delay(state: str) -> None:
    assert retriers(state)
    for retrier in retriers(state):
        assert retrier["MaxAttempts"] > 0
        assert retrier["JitterStrategy"] == "FULL"
        assert retrier["BackoffRate"] >= 2
        assert 0 < retrier["IntervalSeconds"] < retrier["MaxDelaySeconds"] <= 20


@pytest.mark.parametrize("state", ASKING)
def test_what_may_pass_at_the_service_is_retried(state: str) -> None:
    passing = {error.__name__ for error in errors.ProviderError.__subclasses__()}
    assert passing - retried(state) == (set() if state == "ConnectStream" else {"StreamNotReady"})


@pytest.mark.parametrize("state", TASKS)
def test_what_may_pass_at_lambda_is_retried(state: str) -> None:
    assert retried(state) & {*LAMBDA_TRANSIENT, "States.TaskFailed"} in (LAMBDA_TRANSIENT, {"States.TaskFailed"})


@pytest.mark.parametrize("state", ASKING)
def test_what_the_service_refuses_is_not_retried(state: str) -> None:
    assert not retried(state) & WILDCARDS
    assert "DeadlineExceeded" not in retried(state)


@pytest.mark.parametrize("state", TASKS)
def test_every_error_is_caught_but_those_of_the_last_resorts(state: str) -> None:
    catchers = STATES[state].get("Catch", [{"ErrorEquals": None, "Next": None}])
    caught = (catchers[-1]["ErrorEquals"], catchers[-1]["Next"])
    assert caught == ((None, None) if state in LAST_RESORTS else (["States.ALL"], "PublishFailure"))


@pytest.mark.parametrize("state", TASKS)
def test_wildcards_stand_alone_and_last_as_the_language_demands(state: str) -> None:
    for rules in (STATES[state]["Retry"], STATES[state].get("Catch", [])):
        for position, rule in enumerate(rules, start=1):
            if WILDCARDS & set(rule["ErrorEquals"]):
                assert (len(rule["ErrorEquals"]), position) == (1, len(rules))


def test_every_error_of_ours_that_is_named_exists() -> None:
    ours = {name for name in named() if not name.startswith(("Lambda.", "Sandbox.", "States."))}
    assert [name for name in ours if not hasattr(errors, name)] == []
