"""Which errors `statemachine/stream.asl.json` retries and catches, and how patiently; what no execution shows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from greenroom.domain import errors
from tests.statemachine.definition import FUNCTIONS, STATES, TASKS, Retrier
from tests.statemachine.test_errors import ASKING, FINAL

# By the error that a rejection ends with, Reconcile sees that it was not made.
LAST_RESORTS = {"RejectRequest": (["States.ALL"], "Fail"), "RecordFailure": (None, None)}
OUTCOMES = {"RecordReady", "RecordFailure"}
WILDCARDS = {"States.ALL", "States.TaskFailed"}
LAMBDA_THROTTLED = "Lambda.TooManyRequestsException"
THROTTLED = {"ThrottlingException", LAMBDA_THROTTLED}
# At their first look the other tasks tell this as progress, and a Wait state waits for it.
WAITED_FOR = {"GetStream": {"CapacityUnavailable"}}
# The most that Step Functions takes; the deadline ends it.
WITHOUT_END = 99_999_999
PATIENCE = ("IntervalSeconds", "BackoffRate", "MaxDelaySeconds", "JitterStrategy", "MaxAttempts")


def throttled(state: str) -> list[Retrier]:
    return [retrier for retrier in STATES[state]["Retry"] if THROTTLED & set(retrier["ErrorEquals"])]


def patience(retrier: Retrier) -> tuple[Any, ...]:
    return tuple(retrier[key] for key in PATIENCE)


def named() -> Iterator[str]:
    for state in TASKS:
        for rule in (*STATES[state]["Retry"], *STATES[state].get("Catch", ())):
            yield from rule["ErrorEquals"]


@pytest.mark.parametrize("state", TASKS)
def test_errors_are_final_or_throttling_or_the_rest_in_this_order(state: str) -> None:
    retriers = STATES[state]["Retry"]
    final = [retrier for retrier in retriers if retrier["MaxAttempts"] == 0]
    assert [*final, *throttled(state), retriers[-1]] == retriers
    assert [tuple(retrier["ErrorEquals"]) for retrier in final] == ([FINAL[state]] if state in FINAL else [])
    assert retriers[-1]["ErrorEquals"] == ["States.TaskFailed"]


@pytest.mark.parametrize("state", FUNCTIONS)
def test_a_function_s_throttling_is_waited_out_without_end_and_with_it_that_of_lambda(state: str) -> None:
    waited_out = [error for retrier in throttled(state) for error in retrier["ErrorEquals"]]
    assert sorted(waited_out) == sorted(THROTTLED | WAITED_FOR.get(state, set()))
    assert {retrier["MaxAttempts"] for retrier in throttled(state)} == {WITHOUT_END}


@pytest.mark.parametrize("state", TASKS)
def test_every_retrier_backs_off_with_full_jitter_up_to_a_longest_delay(state: str) -> None:
    for retrier in STATES[state]["Retry"]:
        if retrier["MaxAttempts"]:
            assert retrier["JitterStrategy"] == "FULL"
            assert retrier["BackoffRate"] > 1
            assert 1 <= retrier["IntervalSeconds"] <= retrier["MaxDelaySeconds"] <= 60


def test_the_same_error_is_retried_alike_by_every_task_and_more_often_where_the_outcome_is_at_stake() -> None:
    for error in THROTTLED:
        alike = {patience(each) for state in FUNCTIONS for each in throttled(state) if error in each["ErrorEquals"]}
        assert len(alike) == 1
    rest = {state: STATES[state]["Retry"][-1] for state in TASKS}
    (few,) = {patience(retrier) for state, retrier in rest.items() if state not in OUTCOMES}
    (more,) = {patience(retrier) for state, retrier in rest.items() if state in OUTCOMES}
    assert more[-1] > few[-1]


@pytest.mark.parametrize("state", ASKING)
def test_of_what_a_service_may_answer_only_its_refusal_is_final(state: str) -> None:
    final = [error for error in FINAL[state] if issubclass(getattr(errors, error), errors.ProviderError)]
    assert final == ["ServiceRefused"]


@pytest.mark.parametrize("state", TASKS)
def test_every_error_is_caught_but_those_of_the_last_resorts(state: str) -> None:
    catchers = STATES[state].get("Catch", [{"ErrorEquals": None, "Next": None}])
    caught = (catchers[-1]["ErrorEquals"], catchers[-1]["Next"])
    assert caught == LAST_RESORTS.get(state, (["States.ALL"], "RecordFailure"))


@pytest.mark.parametrize("state", TASKS)
def test_wildcards_stand_alone_and_last_as_the_language_demands(state: str) -> None:
    for rules in (STATES[state]["Retry"], STATES[state].get("Catch", [])):
        for position, rule in enumerate(rules, start=1):
            if WILDCARDS & set(rule["ErrorEquals"]):
                assert (len(rule["ErrorEquals"]), position) == (1, len(rules))


def test_every_error_of_ours_that_is_named_exists() -> None:
    ours = {name for name in named() if not name.startswith(("DynamoDB.", "Lambda.", "Sandbox.", "States."))}
    assert [name for name in ours if not hasattr(errors, name)] == []
