"""The calls of the API, one function each: they decide who sees what, and what a repeated key means."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from greenroom.api.answer import Answer
from greenroom.api.batches import find
from greenroom.api.input import encode_cursor, is_id, parse_query, request_id_for
from greenroom.api.owners import Owners
from greenroom.api.usage import PendingLimit
from greenroom.api.views import ClaimedUrl, EstimateView, StreamDetails, StreamPage, StreamView, url_fields
from greenroom.domain.caller import Caller
from greenroom.domain.doors import Doors, ensure_open
from greenroom.domain.errors import (
    EndpointUnreachable,
    InvalidRequest,
    NameTaken,
    RequestConflict,
    StreamGone,
    ThrottlingException,
    UnknownRequest,
)
from greenroom.domain.values import Clock, Failure, RequestState
from greenroom.domain.wire import WaitingRoomLink
from greenroom.flow.acceptance import accept
from greenroom.flow.admission import Admission
from greenroom.flow.defaults import Defaults
from greenroom.flow.estimate import estimate, seconds_until_next_look
from greenroom.flow.executions import Executions
from greenroom.flow.payloads import Submission
from greenroom.flow.reconciliation import stop
from greenroom.flow.schedules import Planner
from greenroom.record.batches import Batches, Members
from greenroom.record.links import LinkTo
from greenroom.record.model import Record
from greenroom.record.store import Records, StreamUrls


def create(
    caller: Caller,
    body: Any,
    idempotency_key: str | None,
    *,
    records: Records,
    admission: Admission,
    executions: Executions,
    owners: Owners,
    planner: Planner,
    defaults: Defaults,
    doors: Doors,
    clock: Clock,
    limit: PendingLimit | None = None,
) -> Answer:
    """Put the request on record, then start the flow: from the 202 on, there is always something to show.

    A caller with a key repeats a call that failed, and finds the record. Without a key nobody can ever know its id. A
    repeat is answered while the doors are closed, and beyond the limit, too: its request is not new. NameTaken where
    somebody else's execution has the request's name; it is the answer to every repeat, too.
    """
    owner = owners.owner(caller.arn)
    submission = Submission(id=request_id_for(owner, idempotency_key), request=body)

    def is_repeat() -> bool:
        return bool(idempotency_key and records.get(submission.id))

    ensure_open(doors, is_repeat)
    if limit and limit.limit and not is_repeat():
        limit.ensure_room(owner, clock())
    try:
        record = accept(
            submission,
            caller,
            owner,
            records=records,
            admission=admission,
            planner=planner,
            defaults=defaults,
            clock=clock,
        )
        _start(record, body, executions)
    except (InvalidRequest, RequestConflict):
        raise
    except NameTaken:
        with suppress(Exception):  # the caller gets the first error
            records.withdraw(submission.id)
        raise
    except Exception:
        if idempotency_key is None:
            _withdraw(submission.id, records, executions)
        raise
    headers = {**_retry_after(record, clock), "Location": f"streams/{record.id}"}
    return Answer(202, StreamView.of(record).dump(), headers)


def show(
    caller: str,
    request_id: str,
    *,
    records: Records,
    stream_urls: StreamUrls,
    owners: Owners,
    clock: Clock,
) -> Answer:
    record = _find(caller, request_id, records, owners)
    details = StreamDetails.of(record, estimate=_estimate(record, clock), **_url_to_show(record, stream_urls, clock))
    return Answer(200, details.dump(), _retry_after(record, clock))


def list_own(
    caller: str,
    query: Mapping[str, str],
    *,
    records: Records,
    batches: Batches,
    members: Members,
    owners: Owners,
) -> Answer:
    """The caller's own requests, newest first, or those of one batch, by state; a page at a time.

    UnknownRequest for a batch that the caller may not see.
    """
    asked = parse_query(query)
    if asked.batch:
        find(caller, asked.batch, batches, owners)
        found, cursor = members.page(asked.batch, asked.state, asked.limit, asked.cursor)
    else:
        found, cursor = records.of_owner(owners.owner(caller), asked.state, asked.limit, asked.cursor)
    following = encode_cursor(cursor) if cursor else None
    return Answer(200, StreamPage(streams=[StreamView.of(record) for record in found], next=following).dump())


def claim(
    caller: str, request_id: str, *, records: Records, stream_urls: StreamUrls, owners: Owners, clock: Clock
) -> Answer:
    """Give the URL out, once. StreamGone when it was taken or has expired."""
    record = _find(caller, request_id, records, owners)
    if record.state is not RequestState.READY or not record.claim:
        raise RequestConflict(f"Request {record.id} has nothing to claim: it is {record.state}, claim {record.claim}")
    url = stream_urls.take(record.id)
    if url is None or not url.seconds_left(clock()):
        raise StreamGone(f"The URL of request {record.id} was claimed already, or has expired")
    claimed = ClaimedUrl(id=record.id, **url_fields(url, clock()))
    return Answer(200, claimed.dump())


def waiting_room(
    caller: str, request_id: str, *, records: Records, owners: Owners, link_to: LinkTo, clock: Clock
) -> Answer:
    """Make a link to the waiting room, for the owner to hand on to a person."""
    link = link_to(_find(caller, request_id, records, owners), clock())
    made = WaitingRoomLink(url=link.url, expires_at=link.expires_at)
    return Answer(201, made.dump())


def revoke_waiting_room(caller: str, request_id: str, *, records: Records, owners: Owners) -> Answer:
    """End all links to the waiting room that there are, those of messages too. Links that are made later work."""
    records.revoke_links(_find(caller, request_id, records, owners).id)
    return Answer(204, {})


def cancel(
    caller: str, request_id: str, *, records: Records, executions: Executions, owners: Owners, clock: Clock
) -> Answer:
    record = _find(caller, request_id, records, owners)
    reason = Failure("RequestCancelled", "The request was cancelled by its owner")
    records.settle(record.id, RequestState.CANCELLED, clock(), reason, to_stop=True)
    record = _find(caller, request_id, records, owners)
    if record.to_stop:
        # What cannot be stopped now, the sweep stops.
        with suppress(EndpointUnreachable, ThrottlingException):
            stop(record.id, reason, records=records, executions=executions)
    if record.state is not RequestState.CANCELLED:
        raise RequestConflict(f"Request {record.id} has ended already: {record.state}")
    return Answer(202, StreamView.of(record).dump())


def _start(record: Record, body: Any, executions: Executions) -> None:
    """Start the flow of a request that has not ended. NameTaken, again, for one that was withdrawn because of that."""
    if record.withdrawn:
        raise NameTaken(f"The name {record.id} was taken by an execution that asks for something else")
    if not record.state.is_terminal:
        executions.start(record.id, body)


def _withdraw(request_id: str, records: Records, executions: Executions) -> None:
    """As far as that can be done now. What failed may have taken effect: an execution that did start finds the end."""
    with suppress(Exception):  # the caller gets the first error
        records.withdraw(request_id)
        executions.stop(request_id, "RequestWithdrawn", "The call that asked for it failed")


def _find(caller: str, request_id: str, records: Records, owners: Owners) -> Record:
    record = records.get(request_id) if is_id(request_id) else None
    if record is None or record.withdrawn or not owners.may_see(caller, record):
        raise UnknownRequest(f"There is no request {request_id} of yours")
    return record


def _retry_after(record: Record, clock: Clock) -> dict[str, str]:
    if record.state.is_terminal:
        return {}
    return {"Retry-After": str(seconds_until_next_look(record, clock()))}


def _estimate(record: Record, clock: Clock) -> EstimateView | None:
    if record.state.is_terminal:
        return None
    found = estimate(record, clock())
    return EstimateView(ready_at=found.ready_at, latest_ready_at=found.latest_ready_at)


def _url_to_show(record: Record, stream_urls: StreamUrls, clock: Clock) -> dict[str, Any]:
    if record.state is not RequestState.READY or record.claim:
        return {}
    now, url = clock(), stream_urls.get(record.id)
    return url_fields(url, now) if url and url.seconds_left(now) else {}
