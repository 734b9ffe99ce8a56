"""When a request that waits will be looked at again, and when its stream will be ready, by the schedules it runs on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from greenroom.domain.values import Waiting
from greenroom.flow.schedule import Schedule
from greenroom.record.model import Record


@dataclass(frozen=True)
class Estimate:
    """Half of the streams like this one are ready by `ready_at`, nine in ten by `latest_ready_at`; both are to come."""

    ready_at: datetime
    latest_ready_at: datetime


def seconds_until_next_look(record: Record, now: datetime) -> int:
    """Whole seconds, at least 1."""
    schedule, since = _present(record)
    return schedule.pause((now - since).total_seconds())


def estimate(record: Record, now: datetime) -> Estimate:
    """The stream's own time follows that of what it runs on, where this is waited for first."""
    schedule, since = _present(record)
    to_come = _schedule(record, Waiting.STREAM) if _waits_for_session(record) else Schedule((), 0, 0)
    soonest = now + timedelta(seconds=schedule.pause((now - since).total_seconds()))
    ready_at = max(since + timedelta(seconds=schedule.median), soonest)
    latest = max(since + timedelta(seconds=schedule.latest), ready_at)
    return Estimate(
        ready_at + timedelta(seconds=to_come.median),
        latest + timedelta(seconds=to_come.latest),
    )


def is_late(record: Record, now: datetime) -> bool:
    """Whether the wait that the request is in has lasted longer than nine in ten do."""
    schedule, since = _present(record)
    return now > since + timedelta(seconds=schedule.latest)


def error_of_estimate(record: Record, ready_at: datetime) -> float:
    """Return by how many seconds a stream was later than the estimate that its request was answered with."""
    estimated = estimate(replace(record, waits={}), record.created_at).ready_at
    return (ready_at - estimated).total_seconds()


def _present(record: Record) -> tuple[Schedule, datetime]:
    """The schedule of the wait that the request is in, and when it began; before there is any, that of the stream."""
    waiting = Waiting.SESSION if _waits_for_session(record) else Waiting.STREAM
    wait = record.waits.get(waiting)
    return _schedule(record, waiting), wait.since if wait else record.created_at


def _waits_for_session(record: Record) -> bool:
    wait = record.waits.get(Waiting.SESSION)
    return wait is not None and wait.ready_after is None


def _schedule(record: Record, waiting: Waiting) -> Schedule:
    return Schedule.load(record.schedules[waiting])
