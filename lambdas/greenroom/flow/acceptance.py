"""Taking a request up: checked, put on record once, and made into the work of the other tasks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from greenroom.domain.caller import Caller
from greenroom.domain.doors import Doors, ensure_open
from greenroom.domain.errors import NotAllowed, RequestConflict, RequestEnded, shortened
from greenroom.domain.values import Clock, Renewal
from greenroom.flow.admission import Admission
from greenroom.flow.executions import renewal_name
from greenroom.flow.pacing.lanes import lane_of
from greenroom.flow.payloads import Submission, Work
from greenroom.flow.schedules import Planner, Pool
from greenroom.providers.accepted import AcceptedFields
from greenroom.record.model import Record, Target
from greenroom.record.store import Records
from greenroom.request.notify_targets import as_json
from greenroom.request.rules import Rules
from greenroom.request.stream_request import StreamRequest, parse_request


@dataclass(frozen=True)
class Acceptance:
    """Checks requests, by the rules of the deployment, and puts each on record once."""

    records: Records
    admission: Admission
    planner: Planner
    defaults: Defaults
    doors: Doors
    clock: Clock

    def accept_request(self, submission: Submission) -> Work:
        """Put a request on record, or take up a renewal. RequestEnded if the request has its outcome already.

        A request that the API or a batch has put on record is taken up while the doors are closed, too. One that its
        sender may not make is an InvalidRequest here: an execution may run by a definition that knows no other refusal.
        """
        if submission.renews:
            return self._take_up_renewal(submission)
        ensure_open(self.doors, lambda: self.records.get(submission.id) is not None)
        try:
            record = self.accept(submission)
        except NotAllowed as refused:
            raise refused.for_the_flow() from None
        if record.state.is_terminal:
            raise RequestEnded(f"Request {record.id} has ended already: {record.state}")
        return _work(record, record.deadline_at)

    def accept(
        self,
        submission: Submission,
        *,
        caller: Caller | None = None,
        owner: str | None = None,
        batch: str | None = None,
    ) -> Record:
        """Check a request and put it on record, once: a repeat under the same id gets the first one's record.

        `caller` asks, for `owner`. In the flow both are None: an execution takes up what somebody has put on record for
        it, and the rest came as an event or by StartExecution. NotAllowed if the caller may not ask for this.
        `batch`: the id of the batch that it belongs to. RequestConflict if what is there already asked for something
        else, or is somebody else's.
        """
        # The flow finds most of them on record: a read costs less than a write whose condition does not hold.
        found = self.records.get(submission.id) if caller is None else None
        provider = found.fields.provider if found else None
        request = parse_request(submission.request, self.defaults.rules, provider=provider)
        if not found and self.admission.concerns(request):
            self.admission.check(caller or self.admission.sender(submission.id, request), request)
        record = found or self.records.add(self._new(submission.id, request, owner, batch))
        if record.digest != request.digest:
            raise RequestConflict(f"Request {submission.id} exists already and asked for something else")
        if owner is not None and (record.owner, record.batch) != (owner, batch):
            # An id can be known before its request is made, and whoever may start an execution chooses its name.
            raise RequestConflict(f"Request {submission.id} exists already and is somebody else's")
        return record

    def _new(self, request_id: str, request: StreamRequest, owner: str | None, batch: str | None) -> Record:
        fields, defaults, now = request.fields, self.defaults, self.clock().replace(microsecond=0)
        seconds = request.deadline_seconds or defaults.deadline_seconds
        schedules = self.planner.plan(Pool(fields.provider, fields.pool))
        return Record(
            id=request_id,
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

    def _take_up_renewal(self, submission: Submission) -> Work:
        """Take up a request whose URL has expired, with as much time as it had before.

        Only the one execution may that has the renewal's name: another one would make a second stream.
        """
        request_id = str(submission.renews)
        record = self.records.get(request_id) if submission.id == renewal_name(request_id) else None
        if record is None or record.renewal is not Renewal.ASKED:
            # Whoever starts an execution may write anything there, and a cause has its limit.
            raise RequestConflict(f"Nobody has asked for a fresh stream for request {shortened(request_id, 100)}")
        return _work(record, self.clock().replace(microsecond=0) + (record.deadline_at - record.created_at))


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


@dataclass(frozen=True)
class Defaults:
    """The settings that a request meets.

    `rules`: what it may ask for. `notify`: the targets of a request that names none. `claim`: whether its URL is
    fetched by its owner instead of announced.
    """

    deadline_seconds: int
    rules: Rules
    notify: tuple[Target, ...] = ({"type": "sns"},)
    claim: bool = False
