"""Step Functions on virtual time: an execution has a name once, can be stopped, and is told of when it ends."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from simulation.aws.states import StateMachines
from simulation.network import Request, Response
from tests.unit.simulation.aws.deployed import Calm

ARN = "arn:aws:states:us-west-2:123456789012:stateMachine:M"
DEFINITION = {
    "QueryLanguage": "JSONata",
    "TimeoutSeconds": 100,
    "StartAt": "Wait",
    "States": {"Wait": {"Type": "Wait", "Seconds": "{% $states.input.seconds %}", "End": True}},
}


class Machines:
    """One machine that waits, called as clients call it."""

    def __init__(self, calm: Calm) -> None:
        self.ends: list[str] = []
        self.states = StateMachines({ARN: DEFINITION}, calm.scheduler, calm.weather, lambda _: None, self._ended)

    def _ended(self, detail: Mapping[str, Any]) -> None:
        self.ends.append(detail["status"])

    def ask(self, operation: str, **asked: Any) -> tuple[int, Any]:
        request = Request("sfn", operation, "POST", "https://states", {}, json.dumps(asked).encode())
        answer: Response = self.states.answer(request)
        return answer.status, json.loads(answer.body)

    def start(self, name: str, seconds: float) -> tuple[int, Any]:
        return self.ask("StartExecution", stateMachineArn=ARN, name=name, input=json.dumps({"seconds": seconds}))

    def describe(self, name: str) -> Any:
        return self.ask("DescribeExecution", executionArn=ARN.replace("stateMachine", "execution") + f":{name}")


def test_an_execution_runs_to_its_end_and_is_told_of() -> None:
    calm = Calm()
    machines = Machines(calm)
    with calm.running():
        calm.do(lambda: machines.start("a", 10))
        assert machines.describe("a")[1]["status"] == "SUCCEEDED"
    assert machines.ends == ["SUCCEEDED"]


def test_the_same_start_while_it_runs_is_no_second_execution_and_another_one_is_refused() -> None:
    calm, answers = Calm(), list[tuple[int, Any]]()
    machines = Machines(calm)

    def start() -> None:
        answers.extend([machines.start("a", 10), machines.start("a", 10), machines.start("a", 11)])
        calm.scheduler.sleep(20)
        answers.append(machines.start("a", 10))

    with calm.running():
        calm.do(start)
    assert [status for status, _ in answers] == [200, 200, 400, 400]
    assert {answer["__type"] for status, answer in answers if status == 400} == {"ExecutionAlreadyExists"}
    assert machines.ends == ["SUCCEEDED"]


def test_an_execution_that_is_stopped_does_nothing_more() -> None:
    calm = Calm()
    machines = Machines(calm)

    def stop() -> None:
        machines.start("a", 50)
        calm.scheduler.sleep(5)
        execution = ARN.replace("stateMachine", "execution") + ":a"
        machines.ask("StopExecution", executionArn=execution, error="E", cause="C")

    with calm.running():
        calm.do(stop)
        _, seen = machines.describe("a")
    assert (seen["status"], seen["error"], seen["cause"]) == ("ABORTED", "E", "C")
    assert machines.ends == ["ABORTED"]


def test_an_execution_ends_with_the_time_of_its_machine() -> None:
    calm = Calm()
    machines = Machines(calm)
    with calm.running():
        calm.do(lambda: machines.start("a", 1000))
    assert machines.ends == ["TIMED_OUT"]


def test_what_was_never_started_does_not_exist() -> None:
    calm = Calm()
    with calm.running():
        status, answer = Machines(calm).describe("a")
    assert (status, answer["__type"]) == (400, "ExecutionDoesNotExist")
