"""Taking a request up: checked, put on record once, and made into the work of the other tasks."""

from __future__ import annotations

from datetime import datetime, timedelta

from greenroom.domain.errors import RequestConflict
from greenroom.domain.values import Clock, Renewal
from greenroom.flow.defaults import Defaults
from greenroom.flow.payloads import Submission, Work
from greenroom.record.model import Record
from greenroom.record.store import Records
from greenroom.request.stream_request import parse_request


def accept(
    submission: Submission, owner: str | None, *, records: Records, defaults: Defaults, clock: Clock
) -> tuple[Record, Work]:
    """Check a request and put it on record, once: a repeat under the same id gets the first one's record."""
    request = parse_request(submission.request, defaults.rules)
    now = clock().replace(microsecond=0)
    record = records.add(
        Record(
            id=submission.id,
            request=request,
            created_at=now,
            deadline_at=now + timedelta(seconds=request.deadline_seconds or defaults.deadline_seconds),
            notify=tuple(request.notify or defaults.notify),
            claim=defaults.claim if request.claim is None else request.claim,
            owner=owner,
        )
    )
    if record.request.digest != request.digest:
        raise RequestConflict(f"Request {submission.id} exists already and asked for something else")
    return record, _work(record, record.deadline_at, defaults)


def take_up_renewal(request_id: str, *, records: Records, defaults: Defaults, clock: Clock) -> Work:
    """Take up a request whose URL has expired, with as much time as it had before."""
    record = records.get(request_id)
    if record is None or record.renewal is not Renewal.ASKED:
        raise RequestConflict(f"Nobody has asked for a fresh stream for request {request_id}")
    deadline_at = clock().replace(microsecond=0) + (record.deadline_at - record.created_at)
    return _work(record, deadline_at, defaults)


def _work(record: Record, deadline_at: datetime, defaults: Defaults) -> Work:
    return Work(
        id=record.id,
        fields=record.request.fields,
        deadline_at=deadline_at,
        schedule=defaults.schedule.within_history((record.deadline_at - record.created_at).total_seconds()),
        renewal=record.renewal is not None,
    )
