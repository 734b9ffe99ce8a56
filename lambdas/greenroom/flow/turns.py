"""A task's calls of the service, each when it is its turn, and for how long the flow pauses before the next one."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from greenroom.domain.errors import CapacityUnavailable, EndpointUnreachable
from greenroom.domain.values import Progress, Status, Waiting, to_iso
from greenroom.flow.pacing import NotYet, Pacer
from greenroom.flow.payloads import ProgressReport, Task
from greenroom.flow.schedule import LONG_PARTS, Schedule

T = TypeVar("T")
# More than any queue takes that moves.
MANY_TURNS = 50
# The longest pause before a service is called again that does not answer. With full jitter it is half of that on
# average, so that a day of it fits into the history of an execution.
LONGEST_SILENCE_SECONDS = 120


def in_turn(task: Task, operation: str, call: Callable[[], T], arrived_at: datetime, *, pacer: Pacer) -> T:
    """Call the service, or raise NotYet: one that is not the first to wait for this operation has a ticket already."""
    name = f"{task.request.fields.provider}/{operation}"
    return pacer.ask(name, call, lane=task.request.lane, arrived_at=arrived_at, ticket=task.progress.ticket)


def progress_in_turn(
    task: Task, operation: str, ask: Callable[[], Progress], arrived_at: datetime, *, pacer: Pacer
) -> Progress:
    """That the service has no room is progress too: the flow waits for it, where everybody can see it."""
    try:
        return in_turn(task, operation, ask, arrived_at, pacer=pacer)
    except CapacityUnavailable as full:
        return Progress(Status.PENDING, state=full.name, detail=full.message)


def postponed(task: Task, not_yet: NotYet, arrived_at: datetime, now: datetime) -> ProgressReport:
    """Come again at one's turn, or at the deadline, so that it is told in time that there was no turn."""
    wait = seconds_away(task, not_yet, now - task.arrived_at, _left(task, now))
    turns = task.progress.turns + 1
    return replace(pending(task), wait=wait, ticket=not_yet.ticket, queued_at=arrived_at, turns=turns)


def seconds_away(task: Task, not_yet: NotYet, waited: timedelta, left: int) -> int:
    """As the pace says, but not past the end; after many turns no sooner than in a part of the time waited.

    The history of an execution has room for so many events, whatever the service does.
    """
    seconds = not_yet.seconds
    if task.progress.turns >= MANY_TURNS:
        seconds = max(seconds, math.ceil(waited.total_seconds() / LONG_PARTS))
    return max(1, min(seconds, left))


def pause_until_next_look(task: Task, waiting: Waiting, waited: int, now: datetime) -> int:
    """Return the seconds until the next planned look, and not past the deadline, where the task gives up."""
    schedule = Schedule(tuple(task.request.looks[waiting]), median=0, latest=0)
    return min(schedule.pause(waited), _left(task, now))


def unanswered(task: Task, silence: EndpointUnreachable, now: datetime) -> ProgressReport:
    """Come again, until the deadline: an outage of the service passes, and everybody can see that it is one."""
    report = silent(pending(task), task.progress.unanswered_since or now, silence, now)
    return replace(report, wait=min(report.wait, _left(task, now)))


def silent(report: ProgressReport, since: datetime, silence: EndpointUnreachable, now: datetime) -> ProgressReport:
    """The report of a service that has not answered since a moment; its place in the queue is used up.

    The pauses grow as the silence does, with full jitter.
    """
    longest = min(LONGEST_SILENCE_SECONDS, max(2, math.ceil((now - since).total_seconds())))
    return replace(
        report,
        state=EndpointUnreachable.__name__,
        status_code=None,
        detail=f"The service does not answer since {to_iso(since)}: {silence}",
        wait=random.randint(1, longest),  # noqa: S311  # spreads load; guards nothing
        ticket="",
        queued_at=None,
        unanswered_since=since,
    )


def pending(task: Task) -> ProgressReport:
    """The report before this one; one that says READY was of the session, and of the stream nothing is known."""
    before = task.progress
    return ProgressReport(Status.PENDING, prepared=before.prepared) if before.status is Status.READY else before


def _left(task: Task, now: datetime) -> int:
    """Whole seconds until the deadline has passed, at least 1."""
    return max(1, int((task.request.deadline_at - now).total_seconds()) + 1)
