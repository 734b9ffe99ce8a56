"""Ending what did not end itself: executions that were stopped or crashed, and starts that were lost."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol

from greenroom.domain.errors import (
    DoorsClosed,
    EndpointUnreachable,
    FieldError,
    InvalidRequest,
    NameTaken,
    RequestConflict,
    own_error,
)
from greenroom.domain.values import Clock, Failure, RequestState
from greenroom.flow.acceptance import Acceptance
from greenroom.flow.executions import Execution, Executions, renewal_name
from greenroom.flow.payloads import Rejection, Submission
from greenroom.record.model import Record
from greenroom.record.store import Records
from greenroom.request.json_limits import parse_json
from greenroom.request.rules import Rules
from greenroom.request.stream_request import parse_request

# Longer than the slowest last step of a flow that is still doing its work.
GRACE = timedelta(minutes=2)
# After so long nothing is under way any more that a task of an ended request has asked a service for: the 30 s of a
# function, what a slow service takes after that, and two minutes by which clocks may differ.
SETTLED = timedelta(minutes=5)
# The time of one job of a sweep.
JOB = timedelta(seconds=30)
_OUTCOMES = {
    "ABORTED": (RequestState.CANCELLED, "ExecutionAborted", "The execution was stopped"),
    "TIMED_OUT": (RequestState.TIMED_OUT, "ExecutionTimedOut", "The execution ran out of time"),
    "FAILED": (RequestState.FAILED, "ExecutionFailed", "The execution failed"),
}
# RejectRequest has told of these: where it could not, the execution has ended with the error of that.
_TOLD = {InvalidRequest.__name__, RequestConflict.__name__}


class Rejections(Protocol):
    """Hears of a refused request whose sender waits for no answer."""

    def reject(self, rejection: Rejection) -> None: ...


@dataclass(frozen=True)
class Reconciliation:
    """Ends the requests of executions that have ended without doing so."""

    acceptance: Acceptance
    executions: Executions
    rejections: Rejections

    def reconcile(self, detail: Mapping[str, Any]) -> bool:
        """Give the request of an execution that has ended its outcome, if it has none. True if this call did.

        `detail` is that of a "Step Functions Execution Status Change" event. It says which execution to look at, and no
        more: whoever may call this function could make an event up, so what became of the execution, Step Functions
        says. EndpointUnreachable while it does not say that the execution ended so, which it may for a moment.

        An execution that ended before it put its request on record is recorded first, so that it too is announced; if
        its input is no request, it is rejected, unless the flow has done that.
        """
        name, records, clock = detail["name"], self.acceptance.records, self.acceptance.clock
        record = records.get(name)
        if record and record.state.is_terminal:
            return False
        execution = self.executions.find(name)
        if execution is None or execution.status not in _OUTCOMES:
            raise EndpointUnreachable(
                f"Step Functions does not say that the execution {name} was aborted or has failed"
            )
        if record is None:
            if execution.error == DoorsClosed.__name__:
                # It was never accepted; the flow's own RejectRequest has said so.
                return False
            request = None
            try:
                request = _input(execution)
                submission = Submission(id=name, request=request)
                if submission.renews:
                    is_its_own = name == renewal_name(submission.renews)
                    return is_its_own and records.end_renewal(submission.renews, clock())
                record = self.acceptance.accept(submission)
            except InvalidRequest as invalid:
                if execution.error not in _TOLD:
                    self.rejections.reject(Rejection.of(name, request, invalid, detail["executionArn"]))
                return False
        outcome, failure = _outcome(execution, record, self.acceptance.defaults.rules)
        return records.settle(name, outcome, clock(), failure)


def _outcome(execution: Execution, record: Record, rules: Rules) -> tuple[RequestState, Failure]:
    """What the end of an execution makes of the pending request that has its name.

    A name serves once, for 90 days. Where somebody else's execution has it, no other will ever run for the request.
    """
    outcome, name, sentence = _OUTCOMES[execution.status]
    error, cause = own_error(execution.error or name, execution.cause or "")
    reason = f"{sentence}: {cause}" if cause else sentence
    if not _asked_for(execution, record, rules):
        words = "The execution that has this request's name asked for something else, so none can run for the request"
        return RequestState.FAILED, Failure(NameTaken.__name__, f"{words}. It ended as {error}: {reason}")
    return outcome, Failure(error, reason)


def _asked_for(execution: Execution, record: Record, rules: Rules) -> bool:
    """Whether the input of an execution is the request of a record, by the rules of now."""
    try:
        return parse_request(_input(execution), rules, provider=record.fields.provider).digest == record.digest
    except InvalidRequest:
        return False


@dataclass
class Swept:
    """How many requests a sweep took care of, and, by its id, the error of each other one: none stops another.

    By the ids of requests, in seconds: `waits`, for how long there has been something to stop or to release; `stuck`,
    for how long their executions may have run on after the deadline, or the end, of the request.
    """

    count: int = 0
    errors: dict[str, Exception] = field(default_factory=dict)
    waits: Mapping[str, float] = field(default_factory=dict)
    stuck: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def each(
        cls, ids: Iterable[str], sweep_one: Callable[[str], bool], has_time: Callable[[], bool] = lambda: True
    ) -> Swept:
        """`sweep_one` is true for a request that it took care of. Without time, the rest is left to the next run."""
        swept = cls()
        for request_id in ids:
            if not has_time():
                break
            try:
                swept.count += sweep_one(request_id)
            except Exception as error:  # noqa: BLE001  # whatever it is, the caller raises it in the end
                swept.errors[request_id] = error
        return swept


def time_of_a_job(clock: Clock) -> Callable[[], bool]:
    """Return whether one job of a sweep still has time, which begins now: none uses up the time of another."""
    end = clock() + JOB
    return lambda: clock() < end


def stop(request_id: str, reason: Failure, *, records: Records, executions: Executions) -> None:
    """Stop the execution of a request that was ended from outside. Stopping has no effect twice, so it is repeated."""
    executions.stop(request_id, reason.error, reason.message)
    records.mark_stopped(request_id)


def _input(execution: Execution) -> Any:
    """The input of an execution. InvalidRequest where it is not to be read."""
    try:
        return parse_json(execution.input)
    except (ValueError, RecursionError):
        raise InvalidRequest([FieldError("body", "must be JSON")]) from None
