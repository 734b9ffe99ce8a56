"""The HTTP API's own rules: who may see what, what a repeated key means, what the answers hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from greenroom import flow
from greenroom.api_input import encode_cursor, parse_query, request_id_for
from greenroom.defaults import Defaults
from greenroom.domain import Failure, RequestState
from greenroom.errors import RequestConflict, StreamGone, UnknownRequest
from greenroom.payloads import Submission
from greenroom.ports import Clock, Connections, Executions, Requests
from greenroom.record import Record
from greenroom.views import ClaimedUrl, StreamDetails, StreamPage, StreamView, way_in


@dataclass(frozen=True)
class Answer:
    status: int
    body: Mapping[str, Any]
    headers: Mapping[str, str]


@dataclass(frozen=True)
class StreamsApi:
    requests: Requests
    connections: Connections
    executions: Executions
    defaults: Defaults
    administrators: frozenset[str]
    clock: Clock

    def create(self, caller: str, body: Any, idempotency_key: str | None) -> Answer:
        """Put the request on record, then start the flow: from the 202 on, there is always something to show."""
        record, _ = flow.accept_request(
            Submission(id=request_id_for(caller, idempotency_key), request=body),
            owner=caller,
            requests=self.requests,
            defaults=self.defaults,
            clock=self.clock,
        )
        if not record.state.is_terminal:
            self.executions.start(record.id, body)
        view = StreamView.of(record).dump()
        return Answer(202, view, {**self._retry_after(record), "Location": f"streams/{record.id}"})

    def show(self, caller: str, request_id: str) -> Answer:
        record = self._find(caller, request_id)
        details = StreamDetails.of(record, **self._way_in(record))
        return Answer(200, details.dump(), self._retry_after(record))

    def list(self, caller: str, query: Mapping[str, str]) -> Answer:
        """The caller's own requests, newest first, a page at a time."""
        asked = parse_query(query)
        records, cursor = self.requests.of_owner(caller, asked.state, asked.limit, asked.cursor)
        following = encode_cursor(cursor) if cursor else None
        page = StreamPage(streams=[StreamView.of(record) for record in records], next=following)
        return Answer(200, page.dump(), {})

    def claim(self, caller: str, request_id: str) -> Answer:
        """Give the URL out, once. StreamGone when it was taken or has expired."""
        record = self._find(caller, request_id)
        if record.state is not RequestState.READY or not record.claim:
            raise RequestConflict(
                f"Request {record.id} has nothing to claim: it is {record.state}, claim {record.claim}"
            )
        connection = self.connections.take(record.id)
        if connection is None or not connection.seconds_left(self.clock()):
            raise StreamGone(f"The URL of request {record.id} was claimed already, or has expired")
        claimed = ClaimedUrl(id=record.id, **way_in(connection, self.clock()))
        return Answer(200, claimed.dump(), {"Cache-Control": "no-store"})

    def cancel(self, caller: str, request_id: str) -> Answer:
        record = self._find(caller, request_id)
        reason = Failure("RequestCancelled", "The request was cancelled by its owner")
        if self.requests.settle(record.id, RequestState.CANCELLED, self.clock(), reason):
            self.executions.stop(record.id, reason.error, reason.message)
        record = self._find(caller, request_id)
        if record.state is not RequestState.CANCELLED:
            raise RequestConflict(f"Request {record.id} has ended already: {record.state}")
        return Answer(202, StreamView.of(record).dump(), {})

    def _find(self, caller: str, request_id: str) -> Record:
        record = self.requests.get(request_id)
        if record is None or not self._may_see(caller, record):
            raise UnknownRequest(f"There is no request {request_id} of yours")
        return record

    def _may_see(self, caller: str, record: Record) -> bool:
        return caller == record.owner or any(fnmatchcase(caller, pattern) for pattern in self.administrators)

    def _retry_after(self, record: Record) -> dict[str, str]:
        if record.state.is_terminal:
            return {}
        elapsed = (self.clock() - record.created_at).total_seconds()
        return {"Retry-After": str(self.defaults.schedule.seconds_until_next_look(elapsed))}

    def _way_in(self, record: Record) -> dict[str, Any]:
        if record.state is not RequestState.READY or record.claim:
            return {}
        now, connection = self.clock(), self.connections.get(record.id)
        return way_in(connection, now) if connection and connection.seconds_left(now) else {}
