"""A fresh stream for a request whose URL expired on its way: once, and only where the deployment wants it."""

from __future__ import annotations

from datetime import timedelta

from greenroom.domain.errors import NameTaken
from greenroom.domain.values import Clock, Renewal
from greenroom.flow.executions import Executions, renewal_name
from greenroom.record.model import Record
from greenroom.record.store import Records


def postpone(record: Record, *, records: Records, executions: Executions, clock: Clock) -> bool:
    """True for a delivery whose URL has expired and that is not made now: the outcome will be queued again.

    The fresh stream is asked for by an execution of the same flow, whose input names the request to renew; when it
    ends, with a stream or without one, the outcome is queued. Asking again does no harm: the execution's name is the
    same. It may have been used by somebody else, or before anybody asked, and then the renewal ends here.
    """
    if record.renewal in {Renewal.DONE, Renewal.FAILED} or record.expired:
        return False
    if record.claim:  # its message has no URL that could be too old, and its owner may have taken the one there was
        return False
    time_again = record.deadline_at - record.created_at + timedelta(seconds=record.connect_seconds)
    records.begin_renewal(record.id, clock() + time_again)
    try:
        is_at_work = executions.start(renewal_name(record.id), {"renew": record.id})
    except NameTaken:
        is_at_work = False
    if not is_at_work:
        # Nothing will renew it any more, unless that has happened by now. Its targets hear at once that it has expired.
        records.end_renewal(record.id, clock())
    return True
