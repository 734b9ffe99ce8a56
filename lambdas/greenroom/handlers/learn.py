from __future__ import annotations

from greenroom import bootstrap
from greenroom.environment import environment
from greenroom.flow.schedules import Pool, relearn
from greenroom.handlers.changes import Values, changes
from greenroom.observability import logger

schedules, look_cost = bootstrap.schedules(), float(environment().look_cost_seconds)


def learn(_: Values, new: Values) -> None:
    """Make the schedules of a pool of which something was seen."""
    relearn(Pool(new["provider"], new["pool"]), look_cost=look_cost, schedules=schedules)


handler = changes(learn, lambda pool: logger.append_context_keys(pool=pool))
