"""The file under test, `statemachine/stream.asl.json`, and its states as a graph."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

State = Mapping[str, Any]

TEXT = (Path(__file__).parents[2] / "statemachine" / "stream.asl.json").read_text(encoding="utf-8")
DEFINITION: Mapping[str, Any] = json.loads(TEXT)
STATES: Mapping[str, State] = DEFINITION["States"]
TASKS = tuple(name for name, state in STATES.items() if state["Type"] == "Task")


def substituted(arn_of: Callable[[str], str]) -> str:
    """The text with an ARN for each `${Name}`, as CloudFormation makes it."""
    text = TEXT
    for name in TASKS:
        text = text.replace(f"${{{name}}}", arn_of(name))
    return text


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


def with_pauses_shown(definition: str) -> str:
    """The same machine, except that a Wait hands on its `Seconds` as its output where it would have slept."""
    machine = json.loads(definition)
    for state in machine["States"].values():
        if state["Type"] == "Wait":
            state.update(Type="Pass", Output=state.pop("Seconds"))
    return json.dumps(machine)
