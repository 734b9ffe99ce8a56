"""Whole executions of the real file by sfnx, with the test as the worker of each task and a clock of their own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sfnx import testing
from sfnx.testing import Call, Failure, Wait

from tests.statemachine.answers import START, Answer, next_answer
from tests.statemachine.definition import DEFINITION

REQUEST = {"provider": "nimble", "studioId": "studio-1", "sessionId": "session-1"}
# Fixed in sfnx.
NAME = "execution"
ARN = f"arn:aws:states:us-east-1:123456789012:execution:machine:{NAME}"


@dataclass
class Execution:
    """An execution that has ended: the states it entered, and by state what each call got and answered.

    `pauses`: the seconds of each Wait. `error` and `cause` are None when it succeeded.
    """

    path: tuple[str, ...] = ()
    error: str | None = None
    cause: str | None = None
    inputs: Mapping[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    answers: Mapping[str, list[Answer]] = field(default_factory=lambda: defaultdict(list))
    pauses: Mapping[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    @property
    def failure(self) -> tuple[str | None, str | None]:
        """The error and the cause of an execution that failed."""
        assert self.error is not None
        return self.error, self.cause


def play(request: Any = REQUEST, /, **answers: Sequence[Answer]) -> Execution:
    """Run the file: `play(GetStream=[PENDING, CONNECTED])`. Time passes in Waits only, and begins at START."""
    execution, now = Execution(), START

    def call(made: Call) -> Any:
        inputs = execution.inputs[made.state]
        inputs.append(made.arguments)
        answer = next_answer(made.state, inputs, answers)
        execution.answers[made.state].append(answer)
        if isinstance(answer, Failure):
            raise Failure(answer.error, answer.cause)
        return answer

    def wait(made: Wait) -> None:
        nonlocal now
        assert made.seconds is not None
        execution.pauses[made.state].append(made.seconds)
        now += timedelta(seconds=made.seconds)

    def millis() -> int:
        return round(now.timestamp() * 1000)

    def iso() -> str:
        return now.isoformat()

    clock = {"millis": millis, "now": iso}
    ended = testing.run(DEFINITION, request, call, functions=clock, on_wait=wait, start_time=START.isoformat())
    execution.path, execution.error, execution.cause = ended.states, ended.error, ended.cause
    return execution
