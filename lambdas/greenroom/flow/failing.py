"""Ending a request that gets no stream."""

from __future__ import annotations

from greenroom.domain.errors import DeadlineExceeded
from greenroom.domain.values import Clock, Failure, RequestState
from greenroom.flow.payloads import FailureOutcome, FailureResult
from greenroom.record.store import Records


def record_failure(outcome: FailureOutcome, *, records: Records, clock: Clock) -> FailureResult:
    if outcome.renewal:
        ended = records.end_renewal(outcome.id, clock())
    else:
        timed_out = outcome.error == DeadlineExceeded.__name__
        state = RequestState.TIMED_OUT if timed_out else RequestState.FAILED
        ended = records.settle(outcome.id, state, clock(), explain(outcome))
    return FailureResult(recorded=ended, error=outcome.error, cause=outcome.message)


def explain(outcome: FailureOutcome) -> Failure:
    """Turn what a state caught, or what the service told, into a sentence for people."""
    progress, message = outcome.progress, outcome.message
    if progress.detail:
        message += f": {progress.detail}"
    if progress.state:
        code = f", {progress.status_code}" if progress.status_code else ""
        message += f" (the service's last word: {progress.state}{code})"
    return Failure(error=outcome.error, message=message, state=progress.state, status_code=progress.status_code)
