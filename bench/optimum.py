"""The best looks that are the same for every stream, by one who knows when each of them becomes ready."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np


def best_looks(readiness: Sequence[float], look_cost: float) -> list[int]:
    """Return the looks, in whole seconds, ascending, that cost these streams least: their delay and `look_cost` a look.

    A look is made just after some stream has become ready, or it could be made earlier. Dynamic programming from the
    last such second back.
    """
    due = np.array([max(1, math.ceil(seconds)) for seconds in readiness])
    times = np.unique(np.append(due, 0))
    ready = np.array([np.count_nonzero(due <= time) for time in times])
    # The sum of the readiness times of all that are ready by then.
    total = np.array([float(np.sum(readiness, where=due <= time)) for time in times])
    last = len(times) - 1
    cost, following = np.zeros(last + 1), [last] * (last + 1)
    for now in range(last - 1, -1, -1):
        later = slice(now + 1, None)
        delays = times[later] * (ready[later] - ready[now]) - (total[later] - total[now])
        following[now] = now + 1 + int(np.argmin(delays + cost[later]))
        cost[now] = look_cost * (len(due) - ready[now]) + np.min(delays + cost[later])
    looks, at = [], 0
    while at < last:
        at = following[at]
        looks.append(int(times[at]))
    return looks
