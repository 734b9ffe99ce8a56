"""Step Functions: executions that are started once by name, stopped at any moment, and told of when they end."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from greenlet import greenlet  # type: ignore[import-untyped]
from sfnx import testing
from sfnx.testing import Call

from simulation.machine import Machine
from simulation.network import Request, Response, ServiceError, answered, failed
from simulation.scheduler import Scheduler
from simulation.token_bucket import TokenBucket
from simulation.weather import Weather

# Tokens at once, and a second: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
START_TOKENS, STARTS_A_SECOND = 1_300, 300
Told = Callable[[Mapping[str, Any]], None]
"""Hears of a change of an execution's status: the `detail` of the event."""


@dataclass
class Run:
    """An execution. `shown`: all that its history shows, as JSON."""

    arn: str
    machine: str
    name: str
    input: str
    began: float
    status: str = "RUNNING"
    ended: float | None = None
    error: str | None = None
    cause: str | None = None
    shown: list[str] = field(default_factory=list)
    process: greenlet | None = None

    def __post_init__(self) -> None:
        self.shown.append(self.input)

    @property
    def is_over(self) -> bool:
        return self.status != "RUNNING"


class StateMachines:
    """The machines of a template, by ARN: their definitions are checked. `call`: does what a Task asks for."""

    def __init__(
        self,
        definitions: Mapping[str, Mapping[str, Any]],
        scheduler: Scheduler,
        weather: Weather,
        call: Callable[[Call], Any],
        told: Told,
    ) -> None:
        self._scheduler = scheduler
        self._weather = weather
        self._told = told
        self._call = call
        self.runs: dict[str, Run] = {}
        self.starts_refused = 0
        self._starts = TokenBucket(lambda: scheduler.elapsed, burst=START_TOKENS, rate=STARTS_A_SECOND)
        self._definitions = definitions
        self._jitter = random.Random(weather.seed)  # noqa: S311

    def answer(self, request: Request) -> Response:
        try:
            asked = request.json()
            operation = {
                "StartExecution": self._start,
                "StopExecution": self._stop,
                "DescribeExecution": self._describe,
            }[request.operation]
            return answered(operation(asked))
        except ServiceError as error:
            return failed(error)

    def of(self, machine: str) -> list[Run]:
        return [run for run in self.runs.values() if run.machine == machine]

    def stop(self, arn: str, error: str | None = None, cause: str | None = None) -> None:
        """Abort an execution that runs, wherever it is. Functions that it has called run on."""
        run = self.runs[arn]
        if not run.is_over:
            self._kill(run, "ABORTED", error, cause)

    def _start(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        if not self._starts.take():
            self.starts_refused += 1
            raise ServiceError("ThrottlingException", "Rate exceeded")
        run = self.begin(asked["stateMachineArn"], asked["name"], asked["input"])
        if run.is_over or run.input != asked["input"]:
            raise ServiceError("ExecutionAlreadyExists", f"Execution Already Exists: '{run.arn}'")
        return {"executionArn": run.arn, "startDate": self._scheduler.now}

    def begin(self, machine: str, name: str, given: str) -> Run:
        """Start an execution, or return the one that has its name."""
        arn = f"{machine.replace(':stateMachine:', ':execution:')}:{name}"
        if found := self.runs.get(arn):
            return found
        run = self.runs[arn] = Run(arn, machine, name, given, self._scheduler.elapsed)
        after = self._weather.between(f"start of {name}", 0.01, 0.2)
        run.process = self._scheduler.spawn(lambda: self._execute(run), after)
        if seconds := self._definitions[machine].get("TimeoutSeconds"):
            self._scheduler.spawn(lambda: self._time_out(run), seconds)
        return run

    def _stop(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        if asked["executionArn"] not in self.runs:
            raise ServiceError("ExecutionDoesNotExist", f"Execution Does Not Exist: '{asked['executionArn']}'")
        self.stop(asked["executionArn"], asked.get("error"), asked.get("cause"))
        return {"stopDate": self._scheduler.now}

    def _describe(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        """What is described lags behind what was started or has ended, by a second or so."""
        run, now = self.runs.get(asked["executionArn"]), self._scheduler.elapsed
        lag = 3 if self._weather.fault("states describes late", ("lags",)) else 0
        if run is None or now < run.began + lag:
            raise ServiceError("ExecutionDoesNotExist", f"Execution Does Not Exist: '{asked['executionArn']}'")
        known = {"executionArn": run.arn, "stateMachineArn": run.machine, "name": run.name, "input": run.input}
        if run.ended is None or now < run.ended + lag:
            return {**known, "status": "RUNNING", "startDate": self._scheduler.now}
        told = {"error": run.error, "cause": run.cause}
        return {**known, "status": run.status, "startDate": 0, **{k: v for k, v in told.items() if v is not None}}

    def _execute(self, run: Run) -> None:
        definition, call = self._definitions[run.machine], partial(self._shown, run)
        machine = Machine(definition, self._scheduler, call, self._jitter, run.machine, is_checked=True)
        ended = machine.execute(run.name, json.loads(run.input))
        run.shown.append(json.dumps([ended.error, ended.cause, ended.output]))
        self._end(run, "FAILED" if ended.error else "SUCCEEDED", ended.error, ended.cause)

    def _shown(self, run: Run, task: Call) -> Any:
        run.shown.append(json.dumps(task.arguments))
        try:
            result = self._call(task)
        except testing.Failure as failure:
            run.shown.append(json.dumps([failure.error, failure.cause]))
            raise
        run.shown.append(json.dumps(result))
        return result

    def _time_out(self, run: Run) -> None:
        if not run.is_over:
            self._kill(run, "TIMED_OUT", "States.Timeout", None)

    def _kill(self, run: Run, status: str, error: str | None, cause: str | None) -> None:
        self._scheduler.kill(run.process)
        self._end(run, status, error, cause)

    def _end(self, run: Run, status: str, error: str | None, cause: str | None) -> None:
        run.status, run.ended, run.error, run.cause = status, self._scheduler.elapsed, error, cause
        self._told(
            {
                "executionArn": run.arn,
                "stateMachineArn": run.machine,
                "name": run.name,
                "status": status,
                "input": run.input,
                "error": error,
                "cause": cause,
            }
        )
