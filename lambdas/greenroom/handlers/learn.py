from __future__ import annotations

from greenroom import bootstrap
from greenroom.domain.errors import SchedulesUnavailable
from greenroom.domain.metrics import SCHEDULES_UNAVAILABLE
from greenroom.environment import environment
from greenroom.flow.schedules import Pool, relearn
from greenroom.handlers.changes import Values, changes
from greenroom.observability import emit, logger

schedules, look_cost = bootstrap.schedules(), environment().look_cost_seconds


def learn(_: Values, new: Values) -> None:
    """Make the schedules of a pool that has new observations."""
    try:
        relearn(Pool(new["provider"], new["pool"]), look_cost=look_cost, schedules=schedules)
    except SchedulesUnavailable:
        emit({SCHEDULES_UNAVAILABLE: 1})
        raise


handler = changes(learn, lambda pool: logger.append_context_keys(pool=pool))
