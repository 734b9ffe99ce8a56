"""The virtual clock's engine: time, Step Functions, Lambda, and a burst of the real thing."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import count
from typing import Any

import pytest
from botocore.session import Session
from sfnx import testing
from sfnx.testing import Call, Failure

from simulation.deployment import Functions, update_item
from simulation.dynamodb import DynamoDb
from simulation.figures import CREATE, GET, figures
from simulation.load import Load, play
from simulation.machine import Execution, Machine, delay, on_virtual_time
from simulation.policies import LEARNING, POLICIES
from simulation.scheduler import START, Scheduler
from simulation.wire import answered
from tests.statemachine.definition import DEFINITION

SEEDED = partial(random.Random, 1)


@pytest.fixture
def scheduler() -> Iterator[Scheduler]:
    scheduler = Scheduler()
    with scheduler.running(), on_virtual_time():
        yield scheduler


def run(
    scheduler: Scheduler, definition: Mapping[str, Any], call: Callable[[Call], Any], *names: str
) -> list[Execution]:
    """Start an execution of each name, half a second after the one before."""
    machine, ended = Machine(definition, scheduler, call, SEEDED()), []
    for number, name in enumerate(names):
        scheduler.spawn(lambda name=name: ended.append(machine.execute(name, {"of": name})), number / 2)  # type: ignore[misc]
    scheduler.run()
    return ended


def machine_of(**states: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states}


def test_processes_go_on_in_the_order_of_their_wake_ups_and_pythons_clock_with_them(scheduler: Scheduler) -> None:
    seen: list[tuple[str, float, datetime]] = []

    def sleeper(name: str, seconds: float) -> None:
        for _ in range(2):
            time.sleep(seconds)
            seen.append((name, scheduler.elapsed, datetime.now(UTC)))

    scheduler.spawn(lambda: sleeper("slow", 3_000))
    scheduler.spawn(lambda: sleeper("quick", 1_000), after=500)
    scheduler.run()
    assert [(name, at) for name, at, _ in seen] == [("quick", 1500), ("quick", 2500), ("slow", 3000), ("slow", 6000)]
    assert [(moment - START).total_seconds() for _, _, moment in seen] == [at for _, at, _ in seen]


def test_what_a_process_raises_ends_the_run(scheduler: Scheduler) -> None:
    scheduler.spawn(lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        scheduler.run()


A_MAP = machine_of(
    All={
        "Type": "Map",
        "Items": [1, 2, 3, 4, 5],
        "MaxConcurrency": 2,
        "ItemProcessor": {"StartAt": "One", "States": {"One": {"Type": "Task", "Resource": "one", "End": True}}},
        "End": True,
    }
)


def test_a_map_works_on_as_many_items_at_once_as_it_says_and_answers_in_their_order(scheduler: Scheduler) -> None:
    began: list[float] = []

    def call(_: Call) -> float:
        began.append(scheduler.elapsed)
        scheduler.sleep(10)
        return scheduler.elapsed

    (execution,) = run(scheduler, A_MAP, call, "first")
    assert began == [0, 0, 10, 10, 20]
    assert (execution.output, execution.ended) == ([10, 10, 20, 20, 30], 30)


def test_an_item_that_fails_ends_the_map_and_what_is_done_beside_it(scheduler: Scheduler) -> None:
    began, ended = count(1), list[int]()

    def call(_: Call) -> None:
        number = next(began)
        scheduler.sleep(10 if number == 2 else 20)
        if number == 2:
            raise Failure("Broken")
        ended.append(number)

    (execution,) = run(scheduler, A_MAP, call, "first")
    assert (execution.error, execution.ended) == ("Broken", 10)
    assert (ended, next(began), scheduler.elapsed) == ([], 3, 10)


def test_each_retrier_of_a_state_counts_for_itself_and_pauses_as_it_says(scheduler: Scheduler) -> None:
    retriers = [
        {"ErrorEquals": ["A"], "IntervalSeconds": 1, "BackoffRate": 2, "MaxDelaySeconds": 3, "MaxAttempts": 9},
        {"ErrorEquals": ["States.TaskFailed"], "IntervalSeconds": 10, "BackoffRate": 1, "MaxAttempts": 2},
    ]
    errors, called = iter(["A", "B", "A", "A", "B", "A", "B"]), []

    def call(_: Call) -> Any:
        called.append(scheduler.elapsed)
        raise Failure(next(errors))

    (ended,) = run(
        scheduler, machine_of(T={"Type": "Task", "Resource": "x", "Retry": retriers, "End": True}), call, "e"
    )
    assert called == [0, 1, 11, 13, 16, 26, 29]
    assert (ended.error, ended.retries, ended.transitions) == ("B", 6, 7)


def test_full_jitter_is_anything_up_to_the_delay() -> None:
    retrier = {"IntervalSeconds": 1, "BackoffRate": 2, "MaxDelaySeconds": 8, "JitterStrategy": "FULL"}
    jitter = SEEDED()
    found = [delay(retrier, 99_999_999, jitter) for _ in range(200)]
    assert 0 <= min(found) < 1
    assert 7 < max(found) <= 8


def test_every_execution_has_a_context_of_its_own(scheduler: Scheduler) -> None:
    context = "{% [$states.context.Execution.Id, $states.context.Execution.Name, $states.context.Execution.StartTime, \
        $states.context.State.EnteredTime, $string($states.context.State.RetryCount), $now()] %}"
    retry = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 5, "MaxAttempts": 1}]
    task = {"Type": "Task", "Resource": "x", "Arguments": context, "Retry": retry, "End": True}
    shown: list[Any] = []

    def call(made: Call) -> Any:
        shown.append(made.arguments)
        if len(shown) in {1, 2}:
            raise Failure("Once")
        return made.arguments

    run(scheduler, machine_of(W={"Type": "Wait", "Seconds": 2, "Next": "T"}, T=task), call, "one", "two")
    first, second, again, _ = shown
    arn = "arn:aws:states:us-west-2:123456789012:execution:Greenroom:"
    at = "2026-11-24T09:00:0{}Z".format
    assert first == [f"{arn}one", "one", at("0.000"), at("2.000"), "0", at("2.000")]
    assert second == [f"{arn}two", "two", at("0.500"), at("2.500"), "0", at("2.500")]
    assert again == [f"{arn}one", "one", at("0.000"), at("2.000"), "1", at("7.000")]


def test_the_real_definition_goes_the_same_way_as_in_sfnx_alone() -> None:
    """The parts that are replaced in sfnx change time, and nothing that is computed."""

    def ways(execute: Callable[[Callable[[Call], Any]], Any]) -> list[Any]:
        made: list[Any] = []

        def call(task: Call) -> Any:
            made.append((task.state, task.arguments))
            raise Failure("ServiceFailed", "no") if task.state == "PrepareSession" else Failure("Never", "again")

        ended = execute(call)
        return [made, list(ended.states), ended.error, ended.cause]

    alone = ways(lambda call: testing.run(DEFINITION, {"of": "execution"}, call))
    scheduler = Scheduler()
    with scheduler.running(), on_virtual_time():
        together = ways(lambda call: run(scheduler, DEFINITION, call, "execution")[0])
    assert len(together[0]) > 5
    assert together == alone


def test_lambda_refuses_what_is_more_than_its_concurrency(scheduler: Scheduler) -> None:
    functions = Functions({"F": lambda event: event}, scheduler, 2, SEEDED())
    answers: list[tuple[int, float]] = []
    errors: list[str] = []

    def call(number: int) -> None:
        try:
            answers.append((functions.call("F", number), scheduler.elapsed))
        except Failure as failure:
            errors.append(failure.error)
            answers.append((-number, scheduler.elapsed))

    for number, after in enumerate([0, 0.001, 0.002, 0.2], 1):
        scheduler.spawn(lambda number=number: call(number), after)  # type: ignore[misc]
    scheduler.run()
    assert answers[0] == (-3, 0.002)
    assert {number for number, _ in answers} == {1, 2, -3, 4}
    assert all(0.03 <= at - (0.2 if number == 4 else 0) <= 0.151 for number, at in answers[1:])
    assert functions.throttled == 1
    assert errors == ["Lambda.TooManyRequestsException"]


def test_step_functions_own_update_names_the_errors_of_dynamodb() -> None:
    database = DynamoDb({"t": ("id",)})
    with answered({"dynamodb": database.answer}):
        client = Session().create_client(
            "dynamodb",
            "us-west-2",
            aws_access_key_id="a",
            aws_secret_access_key="b",  # noqa: S106
        )
    update = {"TableName": "t", "Key": {"id": {"S": "1"}}, "UpdateExpression": "ADD n :n"}
    values = {"ExpressionAttributeValues": {":n": {"N": "2"}}}
    assert update_item(client, {**update, **values, "ReturnValues": "UPDATED_NEW"}) == {"Attributes": {"n": {"N": "2"}}}
    with pytest.raises(Failure) as failed:
        update_item(client, {**update, **values, "ConditionExpression": "attribute_not_exists(id)"})
    assert failed.value.error == "DynamoDB.ConditionalCheckFailedException"
    with pytest.raises(Failure) as failed:
        update_item(client, {**update, **values, "TableName": "missing"})
    assert failed.value.error == "DynamoDB.ResourceNotFoundException"


LOAD = Load(readiness=[20, 30] * 10, arrival_rate=300, concurrency=1000, limits={CREATE: 4, GET: 17}, bucket=1, seed=1)


@pytest.mark.parametrize("policy", POLICIES)
def test_every_request_of_a_burst_has_one_outcome_and_a_seed_gives_the_same_burst_again(policy: str) -> None:
    """Nothing is created faster than the service lets it, and nothing is ready before its stream is."""
    seen = play(LOAD, POLICIES[policy])
    found = figures(LOAD, seen, {CREATE: 1, GET: 3})
    assert seen.states == ["ready"] * 20
    assert (found["failed"], found["lost"]) == (0, 0)
    created = sorted(call.at for call in seen.calls if (call.operation, call.status) == (CREATE, 200))
    assert len(created) == 20
    assert all(later - first > 0.99 for first, later in zip(created, created[4 + 4 :], strict=False))
    ends = {execution.name: execution.ended for execution in seen.executions}
    began = {call.request: call.at for call in seen.calls if call.operation == CREATE}
    assert all(ends[name] - began[name] >= LOAD.readiness[n] for n, name in enumerate(sorted(ends)))
    again = play(replace(LOAD), POLICIES[policy])
    assert [e.ended for e in again.executions] == [e.ended for e in seen.executions]
    assert again.calls == seen.calls


def test_a_burst_is_learned_from_and_no_change_is_given_up() -> None:
    seen = play(LOAD, POLICIES["greenroom"], followings=LEARNING)
    assert seen.discarded == {}
    (pool,) = [item for item in seen.learned if "learnedOf" in item]
    assert (pool["id"], pool["stale"], int(pool["learnedOf"]["N"])) == (
        {"S": "nimble/studio"},
        {"BOOL": False},
        len(LOAD.readiness),
    )
