"""A fresh stream for a request whose URL expired on its way: once, and only where the deployment wants it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from greenroom.domain import Renewal, RequestState, seconds_until
from greenroom.ports import Clock, Executions, Requests
from greenroom.record import Record


@dataclass(frozen=True)
class Renewals:
    """Asks for the fresh stream by an execution of the same flow, whose input names the request to renew."""

    requests: Requests
    executions: Executions
    clock: Clock

    def postpone(self, record: Record) -> bool:
        """True for a delivery that is not to be made now: its URL has expired, and the outcome will be queued again.

        That is done when the renewal ends, with a stream or without one. Asking again does no harm: the execution's
        name is the same.
        """
        if record.state is not RequestState.READY or record.renewal in {Renewal.DONE, Renewal.FAILED}:
            return False
        if record.claim:  # its message has no URL that could be too old, and its owner may have taken the one there was
            return False
        if record.expires_at is None or seconds_until(record.expires_at, self.clock()):
            return False
        self.requests.begin_renewal(record.id)
        self.executions.start(execution_name(record.id), {"renew": record.id})
        return True


def execution_name(request_id: str) -> str:
    """Ids may be as long as an execution's name may be, so there is no room for a suffix."""
    return "renewal-" + hashlib.sha256(request_id.encode()).hexdigest()[:32]
