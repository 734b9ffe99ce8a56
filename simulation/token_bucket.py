"""The token bucket by which AWS limits calls."""

from __future__ import annotations

from simulation.scheduler import Scheduler


class TokenBucket:
    """Admits `burst` calls at once, and `rate` a second."""

    def __init__(self, scheduler: Scheduler, *, burst: float, rate: float) -> None:
        self._scheduler = scheduler
        self._burst, self._rate = burst, rate
        self._tokens, self._filled_at = burst, scheduler.elapsed

    def take(self) -> bool:
        """Take a token. Return False if none is left."""
        now = self._scheduler.elapsed
        self._tokens = min(self._burst, self._tokens + (now - self._filled_at) * self._rate)
        self._filled_at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
