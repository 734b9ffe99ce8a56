"""Which errors `statemachine/stream.asl.json` retries and catches, and how patiently; what no execution shows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from greenroom.domain import errors
from tests.statemachine.definition import FUNCTIONS, STATES, TASKS, WAITED_OUT, Retrier
from tests.statemachine.test_errors import ASKING, FINAL

# By the error that a rejection ends with, Reconcile sees that it was not made.
LAST_RESORTS = {"RejectRequest": (["States.ALL"], "Fail"), "RecordFailure": (None, None)}
WILDCARDS = {"States.ALL", "States.TaskFailed"}
# At their first look the other tasks tell this as progress, and a Wait state waits for it.
WAITED_FOR = {"GetStream": {"CapacityUnavailable"}}
# The most that Step Functions takes; the deadline ends it.
WITHOUT_END = 99_999_999
PATIENCE = ("IntervalSeconds", "BackoffRate", "MaxDelaySeconds", "JitterStrategy", "MaxAttempts")


def waiting_out(state: str) -> list[Retrier]:
    return [retrier for retrier in STATES[state]["Retry"] if WAITED_OUT & set(retrier["ErrorEquals"])]


def patience(retrier: Retrier) -> tuple[Any, ...]:
    return tuple(retrier[key] for key in PATIENCE)


def named() -> Iterator[str]:
    for state in TASKS:
        for rule in (*STATES[state]["Retry"], *STATES[state].get("Catch", ())):
            yield from rule["ErrorEquals"]


@pytest.mark.parametrize("state", TASKS)
def test_errors_are_final_or_waited_out_or_the_rest_in_this_order(state: str) -> None:
    retriers = STATES[state]["Retry"]
    final = [retrier for retrier in retriers if retrier["MaxAttempts"] == 0]
    assert [*final, *waiting_out(state), retriers[-1]] == retriers
    assert [tuple(retrier["ErrorEquals"]) for retrier in final] == ([FINAL[state]] if state in FINAL else [])
    assert retriers[-1]["ErrorEquals"] == ["States.TaskFailed"]


@pytest.mark.parametrize("state", FUNCTIONS)
def test_what_passes_is_waited_out_without_end(state: str) -> None:
    (retrier,) = waiting_out(state)
    assert sorted(retrier["ErrorEquals"]) == sorted(WAITED_OUT | WAITED_FOR.get(state, set()))
    assert retrier["MaxAttempts"] == WITHOUT_END


@pytest.mark.parametrize("state", TASKS)
def test_every_retrier_backs_off_with_full_jitter_up_to_a_longest_delay(state: str) -> None:
    for retrier in STATES[state]["Retry"]:
        if retrier["MaxAttempts"]:
            assert retrier["JitterStrategy"] == "FULL"
            assert retrier["BackoffRate"] > 1
            assert 1 <= retrier["IntervalSeconds"] <= retrier["MaxDelaySeconds"] <= 60


def test_the_same_error_is_retried_alike_by_every_task_and_more_often_where_the_outcome_is_at_stake() -> None:
    assert len({patience(each) for state in FUNCTIONS for each in waiting_out(state)}) == 1
    rest = {state: patience(STATES[state]["Retry"][-1]) for state in FUNCTIONS}
    more = rest.pop("RecordFailure")
    (few,) = set(rest.values())
    assert more[-1] > few[-1]


@pytest.mark.parametrize("state", ASKING)
def test_of_what_a_service_may_answer_only_its_refusal_is_final(state: str) -> None:
    final = [error for error in FINAL[state] if issubclass(getattr(errors, error), errors.ProviderError)]
    assert final == ["ServiceRefused"]


@pytest.mark.parametrize("state", TASKS)
def test_every_error_is_caught_but_those_of_the_last_resorts(state: str) -> None:
    catchers = STATES[state].get("Catch", [{"ErrorEquals": None, "Next": None}])
    caught = (catchers[-1]["ErrorEquals"], catchers[-1]["Next"])
    after = "IsStreamAlive" if state == "RecordReady" else "RecordFailure"
    assert caught == LAST_RESORTS.get(state, (["States.ALL"], after))


@pytest.mark.parametrize("state", TASKS)
def test_wildcards_stand_alone_and_last_as_the_language_demands(state: str) -> None:
    for rules in (STATES[state]["Retry"], STATES[state].get("Catch", [])):
        for position, rule in enumerate(rules, start=1):
            if WILDCARDS & set(rule["ErrorEquals"]):
                assert (len(rule["ErrorEquals"]), position) == (1, len(rules))


def test_every_error_of_ours_that_is_named_exists() -> None:
    ours = {name for name in named() if not name.startswith(("DynamoDB.", "Lambda.", "Sandbox.", "States."))}
    assert [name for name in ours if not hasattr(errors, name)] == []
