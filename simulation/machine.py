"""Step Functions on virtual time: sfnx runs the definition, and here its waits and retries take their time.

sfnx lets no time pass and has one execution, of one name. So five functions of `sfnx.testing` are replaced while
`on_virtual_time` lasts: `retried`, so that a retrier pauses; `run_map`, so that items are worked on side by side;
`entered`, so that a state knows when it was entered; `evaluate`, because sfnx parses an expression each time that it
evaluates it; and `matches`, because nothing but its own name matches the error of what is too large.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any
from unittest.mock import patch

import jsonata  # type: ignore[import-untyped]
from jsonata.utils import Utils  # type: ignore[import-untyped]
from sfnx import testing
from sfnx.testing import Call, Failure

from simulation.payloads import check_state
from simulation.scheduler import Scheduler
from simulation.threads import Future

ARN = "arn:aws:states:us-west-2:123456789012"
# Of an inline Map: https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html.
MOST_AT_ONCE = 40
_REAL_ENTERED, _REAL_EVALUATE, _REAL_MATCHES = testing.entered, testing.evaluate, testing.matches
# What an expression calls that is not the same each time.
_DIFFERENT = ("$now", "$millis", "$random", "$uuid")
_FAILED = "States.QueryEvaluationError"


class _Context(dict[str, Any]):
    """The context object of an execution. `entered_at`: when the present state was entered."""

    entered_at: str


class _Trail(list[str]):
    """The states of an execution, in order. Entering one tells its context the time."""

    def __init__(self, context: _Context, scheduler: Scheduler) -> None:
        super().__init__()
        self._context = context
        self._scheduler = scheduler

    def append(self, name: str) -> None:
        super().append(name)
        self._context.entered_at = iso(self._scheduler.now)


class _Record(testing.Record):
    """All that sfnx tells of a run, the pauses that it asks for, and what is done side by side."""

    pause_before_retry: Callable[[Mapping[str, Any], int], None]
    at_once: Callable[[Sequence[Callable[[], Any]], int], list[Any]]


@dataclass
class Execution:
    """An execution that has ended. `transitions`: as AWS bills them, the states entered and each retry."""

    name: str
    began: float
    ended: float = 0.0
    states: list[str] = field(default_factory=list)
    retries: int = 0
    error: str | None = None
    cause: str | None = None
    output: Any = None

    @property
    def transitions(self) -> int:
        return len(self.states) + self.retries


class Machine:
    """One state machine. `call` is given each Task: it takes its time, and returns its result or raises Failure."""

    def __init__(
        self,
        definition: Mapping[str, Any],
        scheduler: Scheduler,
        call: Callable[[Call], Any],
        jitter: random.Random,
        arn: str = f"{ARN}:stateMachine:Greenroom",
        *,
        is_checked: bool = False,
    ) -> None:
        if not is_checked:
            testing.check(definition)
        self._arn = arn
        self._definition = definition
        self._scheduler = scheduler
        self._call = call
        self._jitter = jitter

    def execute(self, name: str, given: Any) -> Execution:
        """Run one execution to its end, in the process that calls."""
        execution = Execution(name, self._scheduler.elapsed)
        context = self._context(name, given)
        record = _Record(self._do, self._wait)
        record.states = _Trail(context, self._scheduler)
        # sfnx keeps each call with its arguments. Nobody reads them here, and thousands of executions are many.
        record.calls = _Forgetful()

        def pause_before_retry(retrier: Mapping[str, Any], before: int) -> None:
            execution.retries += 1
            self._scheduler.sleep(delay(retrier, before, self._jitter))

        record.pause_before_retry = pause_before_retry
        record.at_once = self._at_once
        try:
            execution.output = testing.scope(self._definition, {}, given, context, record)
        except Failure as failure:
            execution.error, execution.cause = failure.error, failure.cause
        execution.states, execution.ended = list(record.states), self._scheduler.elapsed
        return execution

    def _do(self, task: Call) -> Any:
        check_state(task.arguments)
        result = self._call(task)
        check_state(result)
        return result

    def _at_once(self, work: Sequence[Callable[[], Any]], most: int) -> list[Any]:
        """Do all, so many at once. The first Failure ends what is not done, as the end of the execution does."""
        if not work:
            return []
        results, left, end = dict[int, Any](), iter(enumerate(work)), Future(self._scheduler)

        def do() -> None:
            try:
                for number, each in left:
                    results[number] = each()
            except Failure as failure:
                end.set_exception(failure)
            if len(results) == len(work):
                end.set_result(None)

        workers = [self._scheduler.spawn(do) for _ in range(min(most, len(work)))]
        try:
            end.result()
        finally:
            for worker in workers:
                self._scheduler.kill(worker)
        return [results[number] for number in range(len(work))]

    def _wait(self, wait: testing.Wait) -> None:
        if wait.seconds is not None:
            self._scheduler.sleep(wait.seconds)
        else:
            self._scheduler.sleep(datetime.fromisoformat(str(wait.timestamp)).timestamp() - self._scheduler.now)

    def _context(self, name: str, given: Any) -> _Context:
        machine = {"Id": self._arn, "Name": self._arn.rpartition(":")[2]}
        execution = {
            "Id": f"{self._arn.replace(':stateMachine:', ':execution:')}:{name}",
            "Input": given,
            "Name": name,
            "RoleArn": "arn:aws:iam::123456789012:role/Greenroom",
            "StartTime": iso(self._scheduler.now),
            "RedriveCount": 0,
        }
        return _Context(Execution=execution, StateMachine=machine)


class _Forgetful(list[Call]):
    def append(self, call: Call) -> None:
        pass


def delay(retrier: Mapping[str, Any], before: int, jitter: random.Random) -> float:
    """Seconds before the next retry, after so many by the same retrier; the defaults are those of Step Functions."""
    longest = float(retrier.get("MaxDelaySeconds", float("inf")))
    interval, rate = float(retrier.get("IntervalSeconds", 1)), float(retrier.get("BackoffRate", 2))
    # A retrier without a longest delay has few attempts; one with it is past that long before 60 doublings.
    seconds = min(interval * rate ** min(before, 60), longest)
    return jitter.uniform(0, seconds) if retrier.get("JitterStrategy") == "FULL" else seconds


def iso(epoch: float) -> str:
    """The time as the context object has it, to the millisecond."""
    return datetime.fromtimestamp(epoch, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@contextmanager
def on_virtual_time() -> Iterator[None]:
    """Have sfnx let time pass, as this module's docstring says."""
    with (
        patch.object(testing, "retried", _retried),
        patch.object(testing, "run_map", _run_map),
        patch.object(testing, "entered", _entered),
        patch.object(testing, "evaluate", _evaluate),
        patch.object(testing, "matches", _matches),
    ):
        yield


def _run_map(
    state: Mapping[str, Any],
    _name: str,
    variables: dict[str, Any],
    frame: Mapping[str, Any],
    context: _Context,
    record: _Record,
) -> list[Any]:
    """`sfnx.testing.run_map` of an inline Map over Items, without its order: as many at once as the Map says."""
    processor = state["ItemProcessor"]

    def one(item: Any) -> Callable[[], Any]:
        return lambda: testing.scope(processor, dict(variables), item, context, record)

    items: Any = testing.value(state["Items"], variables, frame)
    return record.at_once([one(item) for item in items], state.get("MaxConcurrency") or MOST_AT_ONCE)


def _matches(errors: list[str], error: str) -> bool:
    """`States.ALL` does not: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html."""
    return error in errors if error == "States.DataLimitExceeded" else _REAL_MATCHES(errors, error)


def _entered(context: _Context, name: str, state: Mapping[str, Any], retries: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = _REAL_ENTERED(context, name, state, retries)
    found["State"]["EnteredTime"] = context.entered_at
    return found


def _retried(  # noqa: PLR0917  # as sfnx calls it
    state: Mapping[str, Any],
    name: str,
    variables: dict[str, Any],
    state_input: Any,
    context: _Context,
    record: _Record,
    retries: list[int],
) -> tuple[dict[str, Any], Any]:
    """`sfnx.testing.retried`, with the retrier's pause before it counts."""
    retriers = state.get("Retry", [])
    retries[:] = [0] * len(retriers)
    while True:
        frame = {"input": state_input, "context": _entered(context, name, state, sum(retries))}
        try:
            assigned, output = testing.attempt(state, name, variables, frame, context, record)
            check_state(output, *assigned.values())
        except Failure as failure:
            matching = (n for n, each in enumerate(retriers) if testing.matches(each["ErrorEquals"], failure.error))
            index = next(matching, None)
            if index is None or retries[index] >= retriers[index].get("MaxAttempts", 3):
                raise
        else:
            return assigned, output
        record.pause_before_retry(retriers[index], retries[index])
        retries[index] += 1


class _Prepared(Exception):
    """No error: how the expression gets out of sfnx."""

    def __init__(self, expression: Any) -> None:
        self.expression = expression


class _Capturing(jsonata.Jsonata):  # type: ignore[misc]
    def evaluate(self, _given: Any, _bindings: Any = None) -> Any:
        raise _Prepared(self)


@cache
def _prepared(code: str) -> Any:
    """Return the expression with the functions that sfnx gives it, taken at the moment at which it is evaluated."""
    with patch.object(jsonata, "Jsonata", _Capturing):
        try:
            _REAL_EVALUATE(code, {}, None)
        except _Prepared as prepared:
            return prepared.expression
    raise AssertionError("sfnx evaluates in another way now")


def _evaluate(code: str, variables: Mapping[str, Any], states: Any) -> Any:
    """`sfnx.testing.evaluate`. A variable whose name is nowhere in the code is not converted for it."""
    everything = {**variables, "states": states}
    bound = {name: value for name, value in everything.items() if f"${name}" in code}
    if any(name in code for name in _DIFFERENT):
        return _evaluated(code, bound)
    return json.loads(_remembered(code, json.dumps(bound)))


@lru_cache(maxsize=20_000)
def _remembered(code: str, bound: str) -> str:
    return json.dumps(_evaluated(code, json.loads(bound)))


def _evaluated(code: str, bound: Mapping[str, Any]) -> Any:
    expression = _prepared(code)
    # The functions of jsonata-python look for the expression at work there.
    jsonata.Jsonata.CURRENT.jsonata = expression
    bindings = {name: testing.nulls(value) for name, value in bound.items()}
    try:
        result = jsonata.Jsonata.evaluate(expression, None, bindings)
    except jsonata.JException as error:
        raise Failure(_FAILED, str(error)) from error
    if result is None:
        raise Failure(_FAILED, f"{code} is undefined")
    value = Utils.convert_nulls(result)
    if not testing.is_json(value):
        raise Failure(_FAILED, f"{code} returned an unsupported result type")
    return value
