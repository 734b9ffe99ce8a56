"""A task's calls of the service, each when it is its turn."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from greenroom.domain.errors import CapacityUnavailable
from greenroom.domain.values import Progress, Status
from greenroom.flow.pacing import NotYet, Pacer
from greenroom.flow.payloads import ProgressReport, Task
from greenroom.flow.schedule import GROWTH_PARTS

T = TypeVar("T")
# More than any queue takes that moves.
MANY_TURNS = 50


def in_turn(task: Task, operation: str, call: Callable[[], T], arrived_at: datetime, *, pacer: Pacer) -> T:
    """Call the service, or raise NotYet: one that is not the first to wait for this operation has a ticket already."""
    name = f"{task.request.fields.provider}/{operation}"
    return pacer.ask(name, call, arrived_at=arrived_at, ticket=task.progress.ticket)


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
    left = int((task.request.deadline_at - now).total_seconds()) + 1
    before = task.progress
    if before.status is Status.READY:  # of the session; of the stream nothing is known
        before = ProgressReport(Status.PENDING)
    wait = seconds_away(task, not_yet, now - task.arrived_at, left)
    turns = task.progress.turns + 1
    return replace(before, status=Status.PENDING, wait=wait, ticket=not_yet.ticket, queued_at=arrived_at, turns=turns)


def seconds_away(task: Task, not_yet: NotYet, waited: timedelta, left: int) -> int:
    """As the pace says, but not past the end; after many turns no sooner than in a part of the time waited.

    The history of an execution has room for so many events, whatever the service does.
    """
    seconds = not_yet.seconds
    if task.progress.turns >= MANY_TURNS:
        seconds = max(seconds, math.ceil(waited.total_seconds() / GROWTH_PARTS))
    return max(1, min(seconds, left))
