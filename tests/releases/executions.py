"""Executions of a definition by sfnx, from their start or from a Wait on, and what Step Functions knows meanwhile."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, Self

from sfnx import testing
from sfnx.testing import Call, Failure, Wait

from greenroom.domain.values import from_iso, to_iso
from simulation.deployment import UPDATE_ITEM, update_item
from tests.releases.deployment import Deployment, Tables

Definition = Mapping[str, Any]


@dataclass(frozen=True)
class Moment:
    """An execution in one of its Waits, with all that the tables have then.

    `name`, `input` and `begun` are the execution's; `variables` and `given` the state's. `started`: the inputs of the
    executions that are running, by machine and name. `shown`: what the API says of what it is about.
    """

    machine: str
    state: str
    at: str
    name: str
    input: Any
    begun: str
    variables: Mapping[str, Any]
    given: Any
    tables: Tables
    started: Mapping[str, Mapping[str, Any]]
    shown: Mapping[str, Any]

    @property
    def thing(self) -> str:
        """The path of what it is about in the API."""
        return _thing(self.machine, self.name, self.input)

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> Self:
        return cls(**{**data, "tables": items(data["tables"])})


def dumped(value: Any) -> Any:
    """Plain JSON of moments and items, for a file."""
    return json.loads(json.dumps(value, default=lambda each: asdict(each) if isinstance(each, Moment) else _text(each)))


def items(tables: Mapping[str, Any]) -> Tables:
    """The items of a file: bytes are text there."""
    found: Tables = json.loads(json.dumps(tables), object_hook=_text_as_bytes)
    return found


def _text(value: Any) -> str:
    assert isinstance(value, bytes)
    return base64.b64encode(value).decode()


def _text_as_bytes(value: dict[str, Any]) -> dict[str, Any]:
    return {"B": base64.b64decode(value["B"])} if set(value) == {"B"} else value


@dataclass
class Run:
    """An execution: `error` is None once it has succeeded. `results`: of each call of a task that had one, by state."""

    states: list[str]
    results: list[tuple[str, Any]]
    error: str | None = None
    cause: str | None = None


@dataclass(frozen=True)
class Machines:
    """Runs executions on a deployment. `at_wait` is called in each Wait, before its time passes."""

    deployment: Deployment
    definitions: Mapping[str, Definition]
    at_wait: Callable[[Moment], object] = lambda _: None

    def run(self, machine: str, name: str, given: Any) -> Run:
        """Run a new execution to its end."""
        definition, now = self.definitions[machine], to_iso(self.deployment.now)
        return self._run(definition, {}, given, machine=machine, name=name, given=given, begun=now)

    def go_on(self, moment: Moment) -> Run:
        """Run an execution that waits, from its Wait to its end."""
        definition = {**self.definitions[moment.machine], "StartAt": moment.state}
        of_execution: dict[str, Any] = {
            "machine": moment.machine,
            "name": moment.name,
            "given": moment.input,
            "begun": moment.begun,
        }
        return self._run(definition, dict(moment.variables), moment.given, **of_execution)

    def _run(self, definition: Definition, variables: dict[str, Any], state_input: Any, **of_execution: Any) -> Run:
        run, machine, name = Run([], []), of_execution["machine"], of_execution["name"]
        context: Any = testing.execution_context(of_execution["given"], of_execution["begun"])
        arn = self.deployment.machines[machine].replace(":stateMachine:", ":execution:")
        context["Execution"] |= {"Id": f"{arn}:{name}", "Name": name}

        def call(made: Call) -> Any:
            result = self._task(made)
            run.results.append((made.state, result))
            return result

        def wait(made: Wait) -> None:
            last = run.results[-1][1] if run.results else state_input
            self._wait(made, self._moment(made, variables, last, **of_execution))

        record = testing.Record(call, wait)
        try:
            testing.scope(definition, variables, state_input, context, record)
        except Failure as failure:
            run.error, run.cause = failure.error, failure.cause
        run.states = list(record.states)
        return run

    def _task(self, made: Call) -> Any:
        if made.resource != UPDATE_ITEM:
            return self.deployment.call(made.resource.strip("${}"), made.arguments)
        before = self.deployment.items("records", "schedules")
        arguments: Any = made.arguments
        arguments = {**arguments, "TableName": self.deployment.tables["records"]}
        done = update_item(self.deployment.aws("dynamodb"), arguments)
        self.deployment.follow(before)
        return done

    def _wait(self, made: Wait, moment: Moment) -> None:
        self.at_wait(moment)
        now = self.deployment.now
        until = from_iso(made.timestamp) if made.timestamp else now + timedelta(seconds=made.seconds or 0)
        self.deployment.clock.move_to(max(now, until))

    def _moment(self, made: Wait, variables: Mapping[str, Any], last: Any, **of_execution: Any) -> Moment:
        machine, given = of_execution["machine"], of_execution["given"]
        _, shown = self.deployment.api("GET", _thing(machine, of_execution["name"], given))
        return Moment(
            machine=machine,
            state=made.state,
            at=self.deployment.now.isoformat(),
            name=of_execution["name"],
            input=given,
            begun=of_execution["begun"],
            variables=json.loads(json.dumps(variables)),
            given=last,
            tables=self.deployment.items(),
            started={name: self.deployment.started(name) for name in self.definitions},
            shown=shown,
        )


def _thing(machine: str, name: str, given: Any) -> str:
    return f"/batches/{given['batch']}" if machine == "batch" else f"/streams/{given.get('renew', name)}"
