"""Ending what did not end itself: executions that were stopped or crashed, and starts that were lost."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from greenroom.defaults import Defaults
from greenroom.domain import Failure, RequestState
from greenroom.errors import InvalidRequest
from greenroom.flow import accept_request
from greenroom.payloads import Submission, message_of
from greenroom.ports import Clock, Executions, Requests

# Longer than the slowest last step of a flow that is still doing its work.
GRACE = timedelta(minutes=2)

_OUTCOMES = {
    "ABORTED": (RequestState.CANCELLED, "ExecutionAborted", "The execution was stopped"),
    "TIMED_OUT": (RequestState.TIMED_OUT, "ExecutionTimedOut", "The execution ran out of time"),
    "FAILED": (RequestState.FAILED, "ExecutionFailed", "The execution failed"),
}


def reconcile(detail: Mapping[str, Any], *, requests: Requests, defaults: Defaults, clock: Clock) -> bool:
    """Give the request of an execution that has ended its outcome, if it has none. True if this call did.

    `detail` is that of a "Step Functions Execution Status Change" event. An execution that ended before it put its
    request on record is recorded first, so that it too is announced.
    """
    submission = Submission(id=detail["name"], request=json.loads(detail.get("input") or "null"))
    if submission.renews:
        return requests.end_renewal(submission.renews, None, None)
    outcome, error, message = _OUTCOMES[detail["status"]]
    if requests.get(detail["name"]) is None and not _record(submission, requests, defaults, clock):
        return False
    cause = message_of(detail.get("cause") or "")
    failure = Failure(detail.get("error") or error, f"{message}: {cause}" if cause else message)
    return requests.settle(detail["name"], outcome, clock(), failure)


def sweep(*, requests: Requests, executions: Executions, clock: Clock) -> int:
    """End every pending request whose deadline is well past, and stop what may still run for it. Returns how many."""
    failure = Failure("DeadlineExceeded", "The deadline passed and nothing was heard of the execution")
    swept = 0
    for request_id in requests.overdue(clock() - GRACE):
        if requests.settle(request_id, RequestState.TIMED_OUT, clock(), failure):
            swept += 1
            executions.stop(request_id, failure.error, failure.message)
    return swept


def _record(submission: Submission, requests: Requests, defaults: Defaults, clock: Clock) -> bool:
    try:
        accept_request(submission, owner=None, requests=requests, defaults=defaults, clock=clock)
    except InvalidRequest:
        # It was never accepted; the flow's own RejectRequest has said so.
        return False
    return True
