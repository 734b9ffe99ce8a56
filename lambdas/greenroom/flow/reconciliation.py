"""Ending what did not end itself: executions that were stopped or crashed, and starts that were lost."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from greenroom.domain.errors import DeadlineExceeded, DoorsClosed, InvalidRequest, own_error
from greenroom.domain.values import Clock, Failure, RequestState
from greenroom.flow.acceptance import accept
from greenroom.flow.defaults import Defaults
from greenroom.flow.executions import Executions
from greenroom.flow.payloads import Submission
from greenroom.flow.schedules import Planner
from greenroom.record.store import Records

# Longer than the slowest last step of a flow that is still doing its work.
GRACE = timedelta(minutes=2)

_OUTCOMES = {
    "ABORTED": (RequestState.CANCELLED, "ExecutionAborted", "The execution was stopped"),
    "TIMED_OUT": (RequestState.TIMED_OUT, "ExecutionTimedOut", "The execution ran out of time"),
    "FAILED": (RequestState.FAILED, "ExecutionFailed", "The execution failed"),
}


def reconcile(
    detail: Mapping[str, Any], *, records: Records, planner: Planner, defaults: Defaults, clock: Clock
) -> bool:
    """Give the request of an execution that has ended its outcome, if it has none. True if this call did.

    `detail` is that of a "Step Functions Execution Status Change" event. An execution that ended before it put its
    request on record is recorded first, so that it too is announced.
    """
    submission = Submission(id=detail["name"], request=json.loads(detail.get("input") or "null"))
    if submission.renews:
        return records.end_renewal(submission.renews, clock())
    if detail.get("error") == DoorsClosed.__name__:
        # It was never accepted; the flow's own RejectRequest has said so.
        return False
    if records.get(detail["name"]) is None and not _recorded(submission, records, planner, defaults, clock):
        return False
    outcome, name, sentence = _OUTCOMES[detail["status"]]
    error, cause = own_error(detail.get("error") or name, detail.get("cause") or "")
    failure = Failure(error, f"{sentence}: {cause}" if cause else sentence)
    return records.settle(detail["name"], outcome, clock(), failure)


@dataclass
class Swept:
    """How many requests a sweep took care of, and, by its id, the error of each other one: none stops another."""

    count: int = 0
    errors: dict[str, Exception] = field(default_factory=dict)

    @classmethod
    def each(cls, ids: Iterable[str], sweep_one: Callable[[str], bool]) -> Swept:
        """`sweep_one` is true for a request that it took care of."""
        swept = cls()
        for request_id in ids:
            try:
                swept.count += sweep_one(request_id)
            except Exception as error:  # noqa: BLE001  # whatever it is, the caller raises it in the end
                swept.errors[request_id] = error
        return swept


def sweep_overdue(*, records: Records, executions: Executions, clock: Clock) -> Swept:
    """End every pending request that no flow can be at work on any more, and stop what may still run for it."""
    failure = Failure(DeadlineExceeded.__name__, "The deadline passed and nothing was heard of the execution")

    def end(request_id: str) -> bool:
        ended = records.settle(request_id, RequestState.TIMED_OUT, clock(), failure)
        if ended:
            executions.stop(request_id, failure.error, failure.message)
        return ended

    return Swept.each(records.overdue(clock() - GRACE), end)


def _recorded(submission: Submission, records: Records, planner: Planner, defaults: Defaults, clock: Clock) -> bool:
    try:
        accept(submission, owner=None, records=records, planner=planner, defaults=defaults, clock=clock)
    except InvalidRequest:
        # It was never accepted; the flow's own RejectRequest has said so.
        return False
    return True
