"""Whole executions of `statemachine/batch.asl.json` by sfnx, with the real functions of its tasks on fakes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sfnx import testing
from sfnx.testing import Call, Failure, Wait

from greenroom.delivery.batch_summary import BatchSummaries
from greenroom.domain.values import from_iso
from greenroom.flow.batch_payloads import Closing, Ending
from tests.statemachine.definition import State
from tests.support.batches import Classroom
from tests.support.recorders import RecordingChannel

TEXT = (Path(__file__).parents[2] / "statemachine" / "batch.asl.json").read_text(encoding="utf-8")
DEFINITION: Mapping[str, Any] = json.loads(TEXT)
# As it was before CancelRequests was given `quiet`: a batch may wait in it for a year.
RELEASED: Mapping[str, Any] = json.loads(
    (Path(__file__).parents[1] / "releases" / "0.1.0" / "batch.asl.json").read_text()
)
STATES: Mapping[str, State] = DEFINITION["States"]
SLICE_STATES: Mapping[str, State] = STATES["SubmitRequests"]["ItemProcessor"]["States"]
TASKS: Mapping[str, State] = {
    name: state for name, state in {**STATES, **SLICE_STATES}.items() if state["Type"] == "Task"
}


@dataclass
class School:
    """A classroom whose batches are run by the machine. `failing`: by state, the errors of its first calls.

    `after` is called after each call of a task, with its state: what happens meanwhile. `leave_out`: the keys that the
    functions of another release do not answer.
    """

    room: Classroom = field(default_factory=Classroom)
    channels: dict[str, RecordingChannel] = field(
        default_factory=lambda: {"bus": RecordingChannel(), "sns": RecordingChannel()}
    )
    failing: dict[str, Sequence[str]] = field(default_factory=dict)
    after: Callable[[str], object] = lambda _: None
    calls: list[str] = field(default_factory=list)
    definition: Mapping[str, Any] = field(default_factory=lambda: DEFINITION)
    leave_out: frozenset[str] = frozenset()

    def run(self, given: Mapping[str, Any]) -> testing.Execution:
        """Run one execution to its end. Time passes in its Waits."""
        now = self.room.clock
        clock = {"millis": lambda: round(now().timestamp() * 1000), "now": lambda: now().isoformat()}
        start_time = now().isoformat()
        return testing.run(
            self.definition, dict(given), self._call, functions=clock, on_wait=self._wait, start_time=start_time
        )

    def run_what_was_started(self) -> list[testing.Execution]:
        """Run the executions that were started since the last time."""
        started, self.room.runs.started = self.room.runs.started, []
        return [self.run(given) for _, given in started]

    @property
    def summaries(self) -> list[Mapping[str, Any]]:
        """What the topic was told, which the bus was told too."""
        told = [[message.as_dict() for message, _ in channel.taken] for channel in self.channels.values()]
        assert told[0] == told[1]
        return list(told[0])

    def _call(self, made: Call) -> Any:
        self.calls.append(made.state)
        errors = self.failing.get(made.state, ())
        if len(errors) >= self.calls.count(made.state):
            raise Failure(errors[self.calls.count(made.state) - 1], "as the test says")
        given: Any = made.arguments
        answer = self._task(made.state, given)
        self.after(made.state)
        return {key: value for key, value in answer.items() if key not in self.leave_out}

    def _task(self, state: str, given: Any) -> Any:
        room, batch_id = self.room, given["id"]
        match state:
            case "BeginBatch":
                return {"slices": room.begin(batch_id)}
            case "SubmitSlice":
                return room.submit(batch_id, given["slice"]).dump()
            case "CountBatch":
                return room.count(batch_id).dump()
            case "CancelRequests":
                closing = Closing.load(given)
                return room.cancel_requests(batch_id, closing.reason, quiet=closing.quiet).dump()
        BatchSummaries(room.batches, self.channels, room.clock).end_batch(Ending.load(given))
        return {}

    def _wait(self, made: Wait) -> None:
        until = from_iso(made.timestamp) if made.timestamp else self.room.clock.now
        seconds = (until - self.room.clock.now).total_seconds()
        self.room.clock.advance(made.seconds or max(0, seconds))
