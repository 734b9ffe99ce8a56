"""The call that shows what was learned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from greenroom.api.input import MAX_PAGE
from greenroom.api.owners import Owners
from greenroom.api.views import Answer, SchedulesPage, ScheduleView
from greenroom.flow.schedules import Learned, Pool, Schedules
from greenroom.record.store import Cursor, Records

# With what each was learned from, about 8 KB each; Lambda answers 6 MB.
MAX_SCHEDULES = 500
# A pool can be a person's: a server of JupyterHub, a fleet of one. So callers see the pools of their latest requests,
# which are looked up in so many pages of a hundred, and of those pools so many: each is one read.
PAGES = 10
MAX_POOLS = 100


def list_schedules(caller: str, *, schedules: Schedules, records: Records, owners: Owners) -> Answer:
    """Return the schedules of the caller's pools, or of all pools to an administrator. Of too many, the best known."""
    if owners.is_administrator(caller):
        known = schedules.all()
    else:
        known = filter(None, map(schedules.read, _pools(owners.owner(caller), records)))
    found = sorted((view for learned in known for view in _views(learned)), key=lambda view: -view.observations)
    shown = sorted(found[:MAX_SCHEDULES], key=lambda view: (view.provider, view.pool, view.waiting_for))
    return Answer(200, SchedulesPage(schedules=shown, more=len(found) - len(shown) or None).dump())


def _pools(owner: str, records: Records) -> Iterable[Pool]:
    """Return the pools of the owner's latest requests, the latest first."""
    pools, cursor = dict[Pool, None](), None
    for _ in range(PAGES):
        page, cursor = _page(owner, records, cursor)
        pools |= dict.fromkeys(page)
        if cursor is None:
            break
    return list(pools)[:MAX_POOLS]


def _page(owner: str, records: Records, after: Cursor | None) -> tuple[list[Pool], Cursor | None]:
    found, cursor = records.of_owner(owner, None, MAX_PAGE, after)
    return [Pool(record.provider, record.pool) for record in found], cursor


def _views(learned: Learned) -> Iterator[ScheduleView]:
    """Yield the views. A wait that was first observed just now has no schedule yet."""
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
