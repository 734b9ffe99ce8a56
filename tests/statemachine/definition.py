"""The file under test, `statemachine/stream.asl.json`, and its states as a graph."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

State = Mapping[str, Any]
Retrier = Mapping[str, Any]
Edges = set[tuple[str, str]]

START_OR_END = "[*]"
TEXT = (Path(__file__).parents[2] / "statemachine" / "stream.asl.json").read_text(encoding="utf-8")
DEFINITION: Mapping[str, Any] = json.loads(TEXT)
STATES: Mapping[str, State] = DEFINITION["States"]
TASKS = tuple(name for name, state in STATES.items() if state["Type"] == "Task")
FUNCTIONS = tuple(name for name in TASKS if STATES[name]["Resource"] == f"${{{name}}}")
"""The tasks that are functions of ours. RecordReady is none: Step Functions itself writes to the table."""


def successors(state: State) -> Iterator[str]:
    for step in (state, *state.get("Choices", ()), *state.get("Catch", ())):
        yield from (step[key] for key in ("Next", "Default") if key in step)


def reachable_from(name: str) -> set[str]:
    """The states that an execution in this state may still come to, itself among them."""
    found, todo = {name}, [name]
    while todo:
        new = set(successors(STATES[todo.pop()])) - found
        found |= new
        todo.extend(new)
    return found


def is_end(state: State) -> bool:
    return state.get("End", False) or state["Type"] in {"Succeed", "Fail"}


def transitions(definition: Mapping[str, Any] = DEFINITION) -> Edges:
    """The edges of the file, or of another one, from its start to its ends."""
    states: Mapping[str, State] = definition["States"]
    between = {(name, to) for name, state in states.items() for to in successors(state)}
    ends = {(name, START_OR_END) for name, state in states.items() if is_end(state)}
    return {(START_OR_END, definition["StartAt"])} | between | ends


# What passes by itself, at the service, at AWS, or by the pace: it is waited out without end, by every function alike.
# Of Lambda's own errors, those that AWS says to retry, and those of a function in a VPC that pass:
# https://docs.aws.amazon.com/step-functions/latest/dg/bp-lambda-serviceexception.html
# https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors
WAITED_OUT = {
    "ThrottlingException",
    "EndpointUnreachable",
    "RecordUnavailable",
    "PaceUnavailable",
    "Lambda.TooManyRequestsException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.ResourceNotReadyException",
    "Lambda.EC2ThrottledException",
    "Lambda.EC2UnexpectedException",
    "Lambda.ENILimitReachedException",
    "Lambda.SubnetIPAddressLimitReachedException",
}


def few(state: str) -> int:
    """How often a task is retried after an error that is neither final nor waited out."""
    rest = STATES[state]["Retry"][-1]
    assert rest["ErrorEquals"] == ["States.TaskFailed"]
    return int(rest["MaxAttempts"])
