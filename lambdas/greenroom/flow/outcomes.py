"""The figures of a request that has just ended."""

from __future__ import annotations

from greenroom.domain.metrics import ESTIMATE_ERROR, LOOKS, OUTCOMES, TIME_TO_READY, Emit
from greenroom.domain.values import RequestState
from greenroom.flow.estimate import error_of_estimate
from greenroom.record.model import Record


def tell_outcome(record: Record, emit: Emit) -> None:
    """Emit how a request ended and, of one whose stream is ready, what the wait for it was like."""
    emit({OUTCOMES: 1}, provider=record.provider, outcome=record.state.value)
    if record.state is not RequestState.READY or record.settled_at is None:
        return
    seconds = (record.settled_at - record.created_at).total_seconds()
    late = error_of_estimate(record, record.settled_at)
    emit({TIME_TO_READY: seconds, LOOKS: record.looks, ESTIMATE_ERROR: late}, provider=record.provider)
