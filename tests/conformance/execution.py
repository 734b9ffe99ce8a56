"""One execution of the real state machine with real functions, and everything that it lets be seen."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sfnx import testing
from sfnx.testing import Call, Failure, Wait

from greenroom.domain.values import utc_now
from simulation.process import Handler
from tests.statemachine.definition import DEFINITION, STATES

Pause = Callable[[str, float], None]
"""Lets so many seconds pass in a state: a Wait, or a task before it is retried."""


@dataclass(frozen=True)
class Attempt:
    """One call of a state's task, and the error that it raised, if it did.

    `wait`: after so many seconds it is to be called again, because it was not its turn or the service was asked too
    fast.
    """

    state: str
    begun: datetime
    ended: datetime
    error: str | None
    wait: int


@dataclass
class Execution:
    """A run that has ended. `shown`: all that its history shows, as text."""

    attempts: list[Attempt] = field(default_factory=list)
    states: tuple[str, ...] = ()
    error: str | None = None
    shown: str = ""

    def of(self, state: str) -> list[Attempt]:
        return [attempt for attempt in self.attempts if attempt.state == state]

    def errors(self, name: str) -> list[Attempt]:
        return [attempt for attempt in self.attempts if attempt.error == name]

    @property
    def sent_away(self) -> list[Attempt]:
        """The calls that are to come again."""
        return [attempt for attempt in self.attempts if attempt.wait]


def execute(tasks: Mapping[str, Handler], request: Any, pause: Pause) -> Execution:
    """Run `stream.asl.json` as it is. In sfnx waits and retries take no time: `pause` lets it pass."""
    execution, shown = Execution(), [request]
    retries: dict[tuple[str, int], int] = {}

    def call(made: Call) -> Any:
        if (
            execution.attempts
            and (error := execution.attempts[-1].error)
            and execution.attempts[-1].state == made.state
        ):
            pause(made.state, _delay(made.state, error, retries))
        else:
            retries.clear()
        begun, error, result = utc_now(), None, None
        shown.append(made.arguments)
        try:
            result = tasks[made.state](made.arguments)
        except Failure as failure:
            error = failure.error
            shown.append([failure.error, failure.cause])
            raise
        finally:
            wait = result.get("wait", 0) if result else 0
            execution.attempts.append(Attempt(made.state, begun, utc_now(), error, wait))
        shown.append(result)
        return result

    def wait(wait: Wait) -> None:
        assert wait.seconds is not None
        pause(wait.state, wait.seconds)

    ended = testing.run(DEFINITION, request, call, on_wait=wait, start_time=utc_now().isoformat())
    shown.append([ended.error, ended.cause, None if ended.error else ended.output])
    execution.states, execution.error = ended.states, ended.error
    execution.shown = "\n".join(json.dumps(each) for each in shown)
    return execution


def _delay(state: str, error: str, retries: dict[tuple[str, int], int]) -> float:
    """The delay before the next retry. Of the full jitter always the middle, so that a run repeats itself."""
    number, retrier = next(
        (number, retrier)
        for number, retrier in enumerate(STATES[state]["Retry"])
        if {error, "States.TaskFailed", "States.ALL"} & set(retrier["ErrorEquals"])
    )
    before = retries.get((state, number), 0)
    retries[state, number] = before + 1
    # More than ten doublings are past every longest delay, and soon no number any more.
    delay = float(retrier["IntervalSeconds"]) * float(retrier["BackoffRate"]) ** min(before, 10)
    return min(delay, float(retrier["MaxDelaySeconds"])) / 2
