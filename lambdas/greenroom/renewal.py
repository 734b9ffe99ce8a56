"""A fresh stream for a request whose URL expired on its way: once, and only where the deployment wants it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from greenroom.domain import Renewal, RequestState, seconds_until
from greenroom.errors import DeliveryFailed
from greenroom.ports import Clock, Executions, Requests
from greenroom.record import Record

PAUSE_SECONDS = 5


@dataclass(frozen=True)
class Renewals:
    """Asks for the fresh stream by an execution of the same flow, whose input names the request to renew."""

    requests: Requests
    executions: Executions
    clock: Clock

    def ensure_fresh(self, record: Record) -> None:
        """Return when the URL works, or when there will be no other; DeliveryFailed while a fresh one is awaited."""
        if record.state is not RequestState.READY or not record.expires_at:
            return
        if seconds_until(record.expires_at, self.clock()):
            return
        if record.renewal is None and self.requests.begin_renewal(record.id, self.clock()):
            self.executions.start(_execution_name(record.id), {"renew": record.id})
        if record.renewal is None or self._may_still_come(record):
            raise DeliveryFailed("The URL has expired; a fresh stream is awaited", PAUSE_SECONDS)

    def _may_still_come(self, record: Record) -> bool:
        asked_at, patience = record.renewal_asked_at, record.deadline_at - record.created_at
        return record.renewal is Renewal.ASKED and asked_at is not None and self.clock() < asked_at + patience


def _execution_name(request_id: str) -> str:
    """Ids may be as long as an execution's name may be, so there is no room for a suffix."""
    return "renewal-" + hashlib.sha256(request_id.encode()).hexdigest()[:32]
