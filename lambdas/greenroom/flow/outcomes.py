"""What a request that has just ended tells: its figures, and what later requests learn from its waits."""

from __future__ import annotations

from collections.abc import Callable

from greenroom.domain.errors import SchedulesUnavailable
from greenroom.domain.metrics import ESTIMATE_ERROR, LOOKS, OUTCOMES, TIME_TO_READY, Emit
from greenroom.domain.values import RequestState
from greenroom.flow.estimate import error_of_estimate
from greenroom.flow.learning import Observation
from greenroom.flow.schedules import Pool, Schedules
from greenroom.record.model import Record


def tell_outcome(record: Record, emit: Emit) -> None:
    """Emit how a request ended and, of one whose stream is ready, what the wait for it was like."""
    emit({OUTCOMES: 1}, provider=record.provider, outcome=record.state.value)
    if record.state is not RequestState.READY or record.settled_at is None:
        return
    seconds = (record.settled_at - record.created_at).total_seconds()
    late = error_of_estimate(record, record.settled_at)
    emit({TIME_TO_READY: seconds, LOOKS: record.looks, ESTIMATE_ERROR: late}, provider=record.provider)


def observe(record: Record, schedules: Schedules, unavailable: Callable[[], None]) -> None:
    """Add what was seen: when a wait was over or, of one that never was, until when it was not.

    If it cannot be kept, call `unavailable`: nobody is harmed.
    """
    seen = {
        waiting: Observation(wait.pending_for, wait.ready_after)
        for waiting, wait in record.waits.items()
        if wait.ready_after is not None or wait.pending_for
    }
    if not seen:
        return
    try:
        schedules.observe(Pool(record.provider, record.pool), seen)
    except SchedulesUnavailable:
        unavailable()
