"""The HTTP API's own rules: who may see what, what a repeated key means, what the answers hold."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from greenroom import flow
from greenroom.adapters.stepfunctions import Executions
from greenroom.domain import Failure, RequestState, to_iso
from greenroom.errors import FieldError, GreenroomError, InvalidRequest, RequestConflict
from greenroom.payloads import Schedule, Submission
from greenroom.ports import Clock, Connections, Requests
from greenroom.record import Record
from greenroom.request import MAX_BODY_BYTES

MAX_KEY_LENGTH = 255


class BodyTooLarge(GreenroomError):
    """The body has more bytes than a request may have."""


class UnknownRequest(GreenroomError):
    """There is no such request, or it is none of the caller's."""


def read_body(body: str | None) -> Any:
    """Parse a body. BodyTooLarge over 16 KiB, InvalidRequest if it is no JSON."""
    text = body or ""
    if len(text.encode()) > MAX_BODY_BYTES:
        raise BodyTooLarge(f"The body is larger than {MAX_BODY_BYTES} bytes")
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise InvalidRequest([FieldError("body", "must be JSON")]) from None


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
    schedule: Schedule
    deadline_seconds: int
    administrators: frozenset[str]
    clock: Clock

    def create(self, caller: str, body: Any, idempotency_key: str | None) -> Answer:
        """Put the request on record, then start the flow: from the 202 on, there is always something to show."""
        record, _ = flow.accept_request(
            Submission(id=request_id(caller, idempotency_key), request=body),
            owner=caller,
            requests=self.requests,
            schedule=self.schedule,
            deadline_seconds=self.deadline_seconds,
            clock=self.clock,
        )
        self.executions.start(record.id, body)
        return Answer(202, self._view(record), {**self._retry_after(record), "Location": f"streams/{record.id}"})

    def show(self, caller: str, request_id: str) -> Answer:
        record = self._find(caller, request_id)
        return Answer(200, self._view(record) | self._connection(record), self._retry_after(record))

    def cancel(self, caller: str, request_id: str) -> Answer:
        record = self._find(caller, request_id)
        reason = Failure("RequestCancelled", "The request was cancelled by its owner")
        if self.requests.settle(record.id, RequestState.CANCELLED, self.clock(), reason):
            self.executions.stop(record.id, reason.error, reason.message)
        record = self._find(caller, request_id)
        if record.state is not RequestState.CANCELLED:
            raise RequestConflict(f"Request {record.id} has ended already: {record.state}")
        return Answer(202, self._view(record), {})

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
        return {"Retry-After": str(self.schedule.seconds_until_next_look(elapsed))}

    def _connection(self, record: Record) -> dict[str, Any]:
        if record.state is not RequestState.READY:
            return {}
        connection, now = self.connections.get(record.id), self.clock()
        if connection is None or not connection.seconds_left(now):
            return {}
        return {
            "url": connection.url,
            "expiresAt": to_iso(connection.expires_at),
            "secondsLeft": connection.seconds_left(now),
        }

    def _view(self, record: Record) -> dict[str, Any]:
        view: dict[str, Any] = {
            "id": record.id,
            "state": record.state.value,
            "createdAt": to_iso(record.created_at),
            "deadlineAt": to_iso(record.deadline_at),
            "studioId": record.request.studio_id,
            "sessionId": record.request.session_id,
            "metadata": record.request.metadata,
        }
        if record.answer:
            view["stream"] = dict(record.answer)
        if record.failure:
            view |= {"error": record.failure.error, "message": record.failure.message}
        return view


def request_id(caller: str, idempotency_key: str | None) -> str:
    """The same for the same caller and key; else new. It becomes the execution's name, which must be unique."""
    if idempotency_key is None:
        return str(uuid.uuid4())
    if not (0 < len(idempotency_key) <= MAX_KEY_LENGTH and idempotency_key.isprintable()):
        rule = f"must be 1 to {MAX_KEY_LENGTH} printable characters"
        raise InvalidRequest([FieldError("Idempotency-Key", rule)])
    return hashlib.sha256(f"{caller}\n{idempotency_key}".encode()).hexdigest()[:32]


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
