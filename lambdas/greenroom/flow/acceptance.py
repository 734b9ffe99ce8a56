"""Taking a request up: checked, put on record once, and made into the work of the other tasks."""

from __future__ import annotations

from datetime import datetime, timedelta

from greenroom.domain.caller import Caller
from greenroom.domain.doors import Doors, ensure_open
from greenroom.domain.errors import NotAllowed, RequestConflict, RequestEnded, shortened
from greenroom.domain.values import Clock, Renewal
from greenroom.flow.admission import Admission
from greenroom.flow.defaults import Defaults
from greenroom.flow.executions import renewal_name
from greenroom.flow.pacing.lanes import lane_of
from greenroom.flow.payloads import Submission, Work
from greenroom.flow.schedules import Planner, Pool
from greenroom.providers.accepted import AcceptedFields
from greenroom.record.model import Record
from greenroom.record.store import Records
from greenroom.request.notify_targets import as_json
from greenroom.request.stream_request import StreamRequest, parse_request


def accept_request(
    submission: Submission,
    *,
    records: Records,
    admission: Admission,
    planner: Planner,
    defaults: Defaults,
    doors: Doors,
    clock: Clock,
) -> Work:
    """Put a request on record, or take up a renewal. RequestEnded if the request has its outcome already.

    A request that the API or a batch has put on record is taken up while the doors are closed, too. One that its sender
    may not make is an InvalidRequest here: an execution may run by a definition that knows no other refusal.
    """
    if submission.renews:
        return _take_up_renewal(submission, records=records, clock=clock)
    ensure_open(doors, lambda: records.get(submission.id) is not None)
    try:
        record = accept(
            submission,
            None,
            None,
            records=records,
            admission=admission,
            planner=planner,
            defaults=defaults,
            clock=clock,
        )
    except NotAllowed as refused:
        raise refused.for_the_flow() from None
    if record.state.is_terminal:
        raise RequestEnded(f"Request {record.id} has ended already: {record.state}")
    return _work(record, record.deadline_at)


def accept(
    submission: Submission,
    caller: Caller | None,
    owner: str | None,
    *,
    records: Records,
    admission: Admission,
    planner: Planner,
    defaults: Defaults,
    clock: Clock,
    batch: str | None = None,
) -> Record:
    """Check a request and put it on record, once: a repeat under the same id gets the first one's record.

    `caller` asks, for `owner`. In the flow both are None: an execution takes up what somebody has put on record for it,
    and the rest came as an event or by StartExecution. NotAllowed if the caller may not ask for this.
    `batch`: the id of the batch that it belongs to. RequestConflict if what is there already asked for something else,
    or is somebody else's.
    """
    request = parse_request(submission.request, defaults.rules)
    _admit(submission.id, request, caller, records=records, admission=admission)

    def new() -> Record:
        fields, now = request.fields, clock().replace(microsecond=0)
        seconds = request.deadline_seconds or defaults.deadline_seconds
        schedules = planner.plan(Pool(fields.provider, fields.pool))
        return Record(
            id=submission.id,
            fields=AcceptedFields(fields.model_dump(by_alias=True, mode="json", exclude_none=True)),
            identity=fields.identity,
            pool=fields.pool,
            shared=fields.shared,
            digest=request.digest,
            created_at=now,
            deadline_at=now + timedelta(seconds=seconds),
            connect_seconds=fields.connect_seconds,
            schedules={waiting.value: each.within(seconds).dump() for waiting, each in schedules.items()},
            notify=as_json(request.notify) if request.notify else defaults.notify,
            metadata=request.metadata,
            claim=defaults.claim if request.claim is None else request.claim,
            waiting_room=request.waiting_room,
            release_on_failure=request.release_on_failure,
            owner=owner,
            batch=batch,
        )

    # The flow finds most of them on record: a read costs less than a write whose condition does not hold.
    record = (records.get(submission.id) if caller is None else None) or records.add(new())
    if record.digest != request.digest:
        raise RequestConflict(f"Request {submission.id} exists already and asked for something else")
    if owner is not None and (record.owner, record.batch) != (owner, batch):
        # An id can be known before its request is made, and whoever may start an execution chooses its name.
        raise RequestConflict(f"Request {submission.id} exists already and is somebody else's")
    return record


def _admit(
    request_id: str, request: StreamRequest, caller: Caller | None, *, records: Records, admission: Admission
) -> None:
    if not admission.concerns(request) or (caller is None and records.get(request_id)):
        return
    admission.check(caller or admission.sender(request_id, request), request)


def _take_up_renewal(submission: Submission, *, records: Records, clock: Clock) -> Work:
    """Take up a request whose URL has expired, with as much time as it had before.

    Only the one execution may that has the renewal's name: another one would make a second stream.
    """
    request_id = str(submission.renews)
    record = records.get(request_id) if submission.id == renewal_name(request_id) else None
    if record is None or record.renewal is not Renewal.ASKED:
        # Whoever starts an execution may write anything there, and a cause has its limit.
        raise RequestConflict(f"Nobody has asked for a fresh stream for request {shortened(request_id, 100)}")
    return _work(record, clock().replace(microsecond=0) + (record.deadline_at - record.created_at))


def _work(record: Record, deadline_at: datetime) -> Work:
    return Work(
        id=record.id,
        fields=record.fields,
        deadline_at=deadline_at,
        connect_seconds=record.connect_seconds,
        looks={waiting: schedule["looks"] for waiting, schedule in record.schedules.items()},
        renewal=record.renewal is not None,
        shared=record.shared or None,
        lane=lane_of(record.owner, batch=record.batch is not None),
    )
