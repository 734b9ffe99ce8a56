"""Token buckets, one for each limited operation. Not thread safe: the caller holds the lock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from local.simulator.core.settings import Limit


@dataclass
class _Bucket:
    limit: Limit
    tokens: float
    filled_at: datetime

    def take(self, now: datetime) -> bool:
        gained = (now - self.filled_at).total_seconds() * self.limit.rate_per_second
        self.tokens = min(self.limit.burst, self.tokens + max(0, gained))
        self.filled_at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


class Limits:
    """An operation without a limit is always admitted."""

    def __init__(self) -> None:
        self._buckets: dict[str, _Bucket] = {}

    def set(self, limits: Mapping[str, Limit], now: datetime) -> None:
        """Replace all limits; every bucket starts full."""
        self._buckets = {operation: _Bucket(limit, limit.burst, now) for operation, limit in limits.items()}

    def admits(self, operation: str, now: datetime) -> bool:
        bucket = self._buckets.get(operation)
        return bucket is None or bucket.take(now)
