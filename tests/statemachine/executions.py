"""Whole executions in the emulator, and what their history shows."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mypy_boto3_stepfunctions import SFNClient

from tests.statemachine.answers import Answer, Answers, next_answer

REQUEST = {"studioId": "studio-1", "sessionId": "session-1"}
_ROLE = "arn:aws:iam::000000000000:role/states"
_GIVE_UP_SECONDS = 30.0
_GLANCE_SECONDS = 0.01


@dataclass(frozen=True)
class Execution:
    """An execution that has ended. `error` and `cause` are empty when it succeeded."""

    arn: str
    status: str
    error: str
    cause: str
    events: list[Mapping[str, Any]] = field(repr=False)

    @property
    def name(self) -> str:
        return self.arn.rsplit(":", 1)[1]

    @property
    def path(self) -> tuple[str, ...]:
        """The states, in the order in which they were entered."""
        return tuple(
            event["stateEnteredEventDetails"]["name"] for event in self.events if event["type"].endswith("StateEntered")
        )

    @property
    def failure(self) -> tuple[str, str]:
        """The error and the cause of an execution that failed."""
        assert self.status == "FAILED"
        return self.error, self.cause

    def calls(self, state: str) -> int:
        """How often the task of a state was called, each attempt counted."""
        return sum(_called(event) == state for event in self.events)

    def outputs(self, state: str) -> list[Any]:
        exits = [event["stateExitedEventDetails"] for event in self.events if event["type"].endswith("StateExited")]
        return [json.loads(details["output"]) for details in exits if details["name"] == state]


@dataclass(frozen=True)
class Played:
    """An execution whose tasks a test played, and what each of them got, call by call."""

    execution: Execution
    inputs: Mapping[str, list[Any]]


class StateMachine:
    """One state machine in the emulator."""

    def __init__(self, client: SFNClient, name: str, definition: str) -> None:
        self._client = client
        self._arn = client.create_state_machine(name=name, definition=definition, roleArn=_ROLE)["stateMachineArn"]

    def start(self, case: str) -> str:
        """Start with the answers of a case in the mock configuration, for which the emulator reads no `Arguments`."""
        return self._start(f"{self._arn}#{case}", REQUEST)

    def outcome(self, arn: str) -> Execution:
        """Wait until an execution has ended."""
        give_up = time.monotonic() + _GIVE_UP_SECONDS
        while not (execution := self._look(arn)):
            assert time.monotonic() < give_up, f"{arn} does not end"
            time.sleep(_GLANCE_SECONDS)
        return execution

    def play(self, request: Any, answers: Answers) -> Played:
        """Run with the test as the worker of each activity: it sees what each task gets, and answers each attempt.

        A state that `answers` does not name answers as in a run that goes well; RecordFailure as the real task does.
        """
        arn = self._start(self._arn, request)
        inputs: dict[str, list[Any]] = defaultdict(list)
        give_up = time.monotonic() + _GIVE_UP_SECONDS
        while not (execution := self._look(arn)):
            assert time.monotonic() < give_up, f"{arn} does not end"
            calls = [event for event in self._history(arn) if _called(event)]
            for event in calls[sum(map(len, inputs.values())) :]:
                state = _called(event)
                task = self._client.get_activity_task(activityArn=event["taskScheduledEventDetails"]["resource"])
                inputs[state].append(json.loads(task["input"]))
                self._answer(task["taskToken"], next_answer(state, inputs[state], answers))
            time.sleep(_GLANCE_SECONDS)
        return Played(execution, inputs)

    def _start(self, arn: str, request: Any) -> str:
        return self._client.start_execution(stateMachineArn=arn, input=json.dumps(request))["executionArn"]

    def _look(self, arn: str) -> Execution | None:
        found = self._client.describe_execution(executionArn=arn)
        if found["status"] == "RUNNING":
            return None
        return Execution(arn, found["status"], found.get("error", ""), found.get("cause", ""), self._history(arn))

    def _history(self, arn: str) -> list[Mapping[str, Any]]:
        pages = self._client.get_paginator("get_execution_history").paginate(
            executionArn=arn, PaginationConfig={"PageSize": 1000}
        )
        return [event for page in pages for event in page["events"]]

    def _answer(self, token: str, answer: Answer) -> None:
        if "Throw" in answer:
            error, cause = answer["Throw"]["Error"], answer["Throw"]["Cause"]
            self._client.send_task_failure(taskToken=token, error=error, cause=cause)
        else:
            self._client.send_task_success(taskToken=token, output=json.dumps(answer["Return"]))


def _called(event: Mapping[str, Any]) -> str:
    """Return the state whose task an event calls, from the ARN that stands for it; empty for other events."""
    return str(event.get("taskScheduledEventDetails", {}).get("resource", "")).rpartition(":")[2]
