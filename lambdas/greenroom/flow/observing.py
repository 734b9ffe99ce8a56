"""Telling what a request saw of its waits, for the schedules of those that come after it."""

from __future__ import annotations

from collections.abc import Callable

from greenroom.domain.errors import SchedulesUnavailable
from greenroom.flow.learning import Observation
from greenroom.flow.schedules import Pool, Schedules
from greenroom.record.model import Record


def observe(record: Record, schedules: Schedules, unavailable: Callable[[], None]) -> None:
    """Add what was seen: when a wait was over or, of one that never was, until when it was not.

    That it could not be kept is told to `unavailable`, and harms nobody.
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
