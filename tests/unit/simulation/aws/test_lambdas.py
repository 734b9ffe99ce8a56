"""Functions on virtual time: they run out of it, die, and are called again as AWS documents it."""

from __future__ import annotations

from typing import Any

import pytest
from sfnx.testing import Failure

from simulation.scheduler import Killed
from simulation.weather import Weather
from tests.unit.simulation.aws.deployed import Calm


def caught(calm: Calm, **handlers: Any) -> Failure:
    failures: list[Failure] = []

    def call() -> None:
        try:
            lambdas.call("Work", {})
        except Failure as failure:
            failures.append(failure)

    with calm.running():
        lambdas = calm.lambdas(**handlers)
        calm.do(call)
    (failure,) = failures
    return failure


def test_a_function_answers_its_caller() -> None:
    calm, answers = Calm(), list[Any]()
    with calm.running():
        lambdas = calm.lambdas(Work=lambda event: event["a"] + 1)
        calm.do(lambda: answers.append(lambdas.call("Work", {"a": 1})))
    assert answers == [2]


def test_a_function_that_takes_too_long_is_cut_off_and_does_nothing_more() -> None:
    calm, done = Calm(), list[str]()

    def work(_: Any) -> None:
        calm.scheduler.sleep(31)
        done.append("done")

    assert caught(calm, Work=work).error == "Sandbox.Timedout"
    assert done == []


def test_a_function_that_dies_is_an_unknown_error_to_its_caller() -> None:
    def die(_: Any) -> None:
        raise Killed

    assert caught(Calm(), Work=die).error == "Lambda.Unknown"


def test_the_error_of_a_function_reaches_its_caller_by_its_name() -> None:
    def fail(_: Any) -> None:
        raise Failure("RecordUnavailable", "not now")

    assert caught(Calm(), Work=fail).error == "RecordUnavailable"


@pytest.mark.parametrize(
    ("kind", "error"), [("throttled", "Lambda.TooManyRequestsException"), ("fails", "Lambda.ServiceException")]
)
def test_what_lambda_refuses_is_not_run(kind: str, error: str) -> None:
    done: list[Any] = []
    assert caught(Calm(weather=Weather("1", {kind: 1.0})), Work=done.append).error == error
    assert done == []


def test_a_call_that_is_made_twice_runs_twice_and_is_answered_once() -> None:
    calm, done, answers = Calm(weather=Weather("1", {"twice": 1.0})), list[Any](), list[Any]()

    def work(event: Any) -> int:
        done.append(event)
        return len(done)

    with calm.running():
        lambdas = calm.lambdas(Work=work)
        calm.do(lambda: answers.append(lambdas.call("Work", {})))
    assert (done, len(answers)) == ([{}, {}], 1)


def test_an_asynchronous_call_is_tried_three_times_and_then_told_of() -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html."""
    calm, at, dropped = Calm(), list[float](), list[str]()

    def fail(_: Any) -> None:
        at.append(calm.scheduler.elapsed)
        raise Failure("Error", "never")

    with calm.running():
        lambdas = calm.lambdas(Work=fail)
        lambdas.on_dropped = lambda name, _: dropped.append(name)
        calm.do(lambda: lambdas.call_later("Work", {}))
    assert [round(each / 60) for each in at] == [0, 1, 3]
    assert dropped == ["Work"]
