"""The call that shows what was learned."""

from __future__ import annotations

from collections.abc import Iterator

from greenroom.api.answer import Answer
from greenroom.api.views import SchedulesPage, ScheduleView
from greenroom.flow.schedules import Learned, Schedules

# With what each was learned from, about 8 KB each; Lambda answers 6 MB.
MAX_SCHEDULES = 500


def list_schedules(*, schedules: Schedules) -> Answer:
    """Every pool's, to whom may call the API: it names no request and nobody. Of too many, the best known ones."""
    found = sorted(
        (view for learned in schedules.all() for view in _views(learned)), key=lambda view: -view.observations
    )
    shown = sorted(found[:MAX_SCHEDULES], key=lambda view: (view.provider, view.pool, view.waiting_for))
    return Answer(200, SchedulesPage(schedules=shown, more=len(found) - len(shown) or None).dump())


def _views(learned: Learned) -> Iterator[ScheduleView]:
    """A wait that was seen for the first time just now has no schedule yet."""
    for waiting, schedule in learned.schedules.items():
        seen = learned.seen[waiting]
        yield ScheduleView(
            provider=learned.pool.provider,
            pool=learned.pool.name,
            waiting_for=waiting,
            observations=len(seen),
            median=schedule.median,
            latest=schedule.latest,
            looks=list(schedule.looks),
            seen=[(each.after, each.by) for each in seen],
        )
