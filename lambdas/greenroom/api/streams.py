"""The calls of the API about streams, one method each: they decide who sees what, and what a repeated key means."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from greenroom.api.batches import find
from greenroom.api.input import encode_cursor, is_id, parse_query, request_id_for
from greenroom.api.owners import Owners
from greenroom.api.usage import PendingLimit
from greenroom.api.views import Answer, ClaimedUrl, EstimateView, StreamDetails, StreamPage, StreamView, url_fields
from greenroom.domain.caller import Caller
from greenroom.domain.doors import ensure_open
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
from greenroom.flow.acceptance import Acceptance
from greenroom.flow.estimate import estimate, seconds_until_next_look
from greenroom.flow.executions import Executions
from greenroom.flow.payloads import Submission
from greenroom.flow.reconciliation import stop
from greenroom.record.batches import Batches, Members
from greenroom.record.links import LinkTo
from greenroom.record.model import Record
from greenroom.record.store import Records, StreamUrls


@dataclass(frozen=True)
class StreamCalls:
    """The calls of the API about streams."""

    acceptance: Acceptance
    records: Records
    stream_urls: StreamUrls
    batches: Batches
    members: Members
    executions: Executions
    owners: Owners
    limit: PendingLimit
    clock: Clock

    def create(self, caller: Caller, body: Any, idempotency_key: str | None) -> Answer:
        """Put the request on record, then start the flow: from the 202 on, there is always something to show.

        A caller with a key repeats a call that failed, and finds the record. Without a key nobody can ever know its id.
        A repeat is answered while the doors are closed, and beyond the limit, too: its request is not new. NameTaken
        where somebody else's execution has the request's name; it is the answer to every repeat, too.
        """
        owner = self.owners.owner(caller.arn)
        submission = Submission(id=request_id_for(owner, idempotency_key), request=body)

        def is_repeat() -> bool:
            return bool(idempotency_key and self.records.get(submission.id))

        ensure_open(self.acceptance.doors, is_repeat)
        if self.limit.limit and not is_repeat():
            self.limit.ensure_room(owner, self.clock())
        try:
            record = self.acceptance.accept(submission, caller=caller, owner=owner)
            self._start(record, body)
        except (InvalidRequest, RequestConflict):
            raise
        except NameTaken:
            with suppress(Exception):  # the caller gets the first error
                self.records.withdraw(submission.id)
            raise
        except Exception:
            if idempotency_key is None:
                self._withdraw(submission.id)
            raise
        headers = {**self._retry_after(record), "Location": f"streams/{record.id}"}
        return Answer(202, StreamView.of(record).dump(), headers)

    def show(self, caller: str, request_id: str) -> Answer:
        record = self._find(caller, request_id)
        details = StreamDetails.of(record, estimate=self._estimate(record), **self._url_to_show(record))
        return Answer(200, details.dump(), self._retry_after(record))

    def list_own(self, caller: str, query: Mapping[str, str]) -> Answer:
        """Return a page of the caller's requests, newest first, or of one batch, by state.

        Raise UnknownRequest for a batch that the caller may not see.
        """
        asked = parse_query(query)
        if asked.batch:
            find(caller, asked.batch, self.batches, self.owners)
            found, cursor = self.members.page(asked.batch, asked.state, asked.limit, asked.cursor)
        else:
            found, cursor = self.records.of_owner(self.owners.owner(caller), asked.state, asked.limit, asked.cursor)
        following = encode_cursor(cursor) if cursor else None
        return Answer(200, StreamPage(streams=[StreamView.of(record) for record in found], next=following).dump())

    def claim(self, caller: str, request_id: str) -> Answer:
        """Give the URL out, once. StreamGone when it was taken or has expired."""
        record = self._find(caller, request_id)
        if record.state is not RequestState.READY or not record.claim:
            raise RequestConflict(
                f"Request {record.id} has nothing to claim: it is {record.state}, claim {record.claim}"
            )
        url = self.stream_urls.take(record.id)
        if url is None or not url.seconds_left(self.clock()):
            raise StreamGone(f"The URL of request {record.id} was claimed already, or has expired")
        claimed = ClaimedUrl(id=record.id, **url_fields(url, self.clock()))
        return Answer(200, claimed.dump())

    def waiting_room(self, caller: str, request_id: str, link_to: LinkTo) -> Answer:
        """Make a link to the waiting room, for the owner to hand on to a person."""
        link = link_to(self._find(caller, request_id), self.clock())
        made = WaitingRoomLink(url=link.url, expires_at=link.expires_at)
        return Answer(201, made.dump())

    def revoke_waiting_room(self, caller: str, request_id: str) -> Answer:
        """End all links to the waiting room that there are, those of messages too. Links that are made later work."""
        self.records.revoke_links(self._find(caller, request_id).id)
        return Answer(204, {})

    def cancel(self, caller: str, request_id: str) -> Answer:
        record = self._find(caller, request_id)
        reason = Failure("RequestCancelled", "The request was cancelled by its owner")
        self.records.settle(record.id, RequestState.CANCELLED, self.clock(), reason, to_stop=True)
        record = self._find(caller, request_id)
        if record.to_stop:
            # What cannot be stopped now, the sweep stops.
            with suppress(EndpointUnreachable, ThrottlingException):
                stop(record.id, reason, records=self.records, executions=self.executions)
        if record.state is not RequestState.CANCELLED:
            raise RequestConflict(f"Request {record.id} has ended already: {record.state}")
        return Answer(202, StreamView.of(record).dump())

    def _start(self, record: Record, body: Any) -> None:
        """Start the flow of a request that has not ended. NameTaken, again, for one withdrawn because of that."""
        if record.withdrawn:
            raise NameTaken(f"The name {record.id} was taken by an execution that asks for something else")
        if not record.state.is_terminal:
            self.executions.start(record.id, body)

    def _withdraw(self, request_id: str) -> None:
        """Withdraw the request, as far as possible now. An execution that started nevertheless finds it ended."""
        with suppress(Exception):  # the caller gets the first error
            self.records.withdraw(request_id)
            self.executions.stop(request_id, "RequestWithdrawn", "The call that asked for it failed")

    def _find(self, caller: str, request_id: str) -> Record:
        record = self.records.get(request_id) if is_id(request_id) else None
        if record is None or record.withdrawn or not self.owners.may_see(caller, record):
            raise UnknownRequest(f"There is no request {request_id} of yours")
        return record

    def _retry_after(self, record: Record) -> dict[str, str]:
        if record.state.is_terminal:
            return {}
        return {"Retry-After": str(seconds_until_next_look(record, self.clock()))}

    def _estimate(self, record: Record) -> EstimateView | None:
        if record.state.is_terminal:
            return None
        found = estimate(record, self.clock())
        return EstimateView(ready_at=found.ready_at, latest_ready_at=found.latest_ready_at)

    def _url_to_show(self, record: Record) -> dict[str, Any]:
        if record.state is not RequestState.READY or record.claim:
            return {}
        now, url = self.clock(), self.stream_urls.get(record.id)
        return url_fields(url, now) if url and url.seconds_left(now) else {}
