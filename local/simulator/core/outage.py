"""A time in which every call ends with the same fault. Not thread safe: the caller holds the lock."""

from __future__ import annotations

from datetime import datetime, timedelta

from local.simulator.core.settings import Outage


class Outages:
    """Keeps the last outage that was set; a new one replaces it."""

    def __init__(self) -> None:
        self._fault: str | None = None
        self._until: datetime | None = None

    def begin(self, outage: Outage, now: datetime) -> None:
        self._fault, self._until = outage.error, now + timedelta(seconds=outage.seconds)

    def fault(self, now: datetime) -> str | None:
        """Return the fault of a call that arrives now, if there is an outage."""
        return self._fault if self._until and now < self._until else None

    def forget(self) -> None:
        self._fault = self._until = None
