"""Named fakes of the clock, the stores and the provider: each keeps its port's promise in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from greenroom.domain import Connection, Failure, Progress, Renewal, RequestState, SessionRef, Status
from greenroom.ports import Cursor
from greenroom.record import Record

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


class FakeClock:
    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class InMemoryRequests:
    """Records by id. An outcome, once there, is never written over."""

    def __init__(self, *records: Record) -> None:
        self.records = {record.id: record for record in records}

    def add(self, record: Record) -> Record:
        return self.records.setdefault(record.id, record)

    def get(self, request_id: str) -> Record | None:
        return self.records.get(request_id)

    def of_owner(
        self, owner: str, state: RequestState | None, limit: int, after: Cursor | None = None
    ) -> tuple[list[Record], Cursor | None]:
        owned = [record for record in self.records.values() if record.owner == owner]
        keys = {record.id: (record.created_at.isoformat(), record.id) for record in owned}
        newest = sorted(owned, key=lambda record: keys[record.id], reverse=True)
        rest = [record for record in newest if after is None or keys[record.id] < after]
        page = [record for record in rest[:limit] if state in {None, record.state}]
        return page, keys[rest[limit - 1].id] if len(rest) > limit else None

    def overdue(self, by: datetime) -> Iterator[str]:
        for record in sorted(self.records.values(), key=lambda record: record.deadline_at):
            if not record.state.is_terminal and record.deadline_at < by:
                yield record.id

    def note_progress(self, request_id: str, progress: Progress) -> None:
        record = self.records[request_id]
        if not record.state.is_terminal:
            answer, stream_id = progress.answer or record.answer, progress.stream_id or record.stream_id
            record = replace(record, answer=answer, stream_id=stream_id)
        started = progress.session_started or record.session_started
        self.records[request_id] = replace(record, session_started=started)

    def settle(
        self,
        request_id: str,
        outcome: RequestState,
        at: datetime,
        failure: Failure | None = None,
        expires_at: datetime | None = None,
    ) -> bool:
        record = self.records.get(request_id)
        if record is None or record.state.is_terminal:
            return False
        self.records[request_id] = replace(record, state=outcome, settled_at=at, failure=failure, expires_at=expires_at)
        return True

    def begin_renewal(self, request_id: str) -> None:
        record = self.records[request_id]
        if record.state is RequestState.READY and not record.renewal:
            self.records[request_id] = replace(record, renewal=Renewal.ASKED)

    def end_renewal(self, request_id: str, stream_id: str | None, expires_at: datetime | None) -> bool:
        record = self.records[request_id]
        if record.renewal is not Renewal.ASKED:
            return False
        done = replace(record, renewal=Renewal.DONE, stream_id=stream_id, expires_at=expires_at)
        self.records[request_id] = done if stream_id else replace(record, renewal=Renewal.FAILED)
        return True

    def mark_delivered(self, request_id: str, target_key: str) -> None:
        record = self.records[request_id]
        self.records[request_id] = replace(record, delivered=record.delivered | {target_key})


class InMemoryConnections:
    def __init__(self, **connections: Connection) -> None:
        self.connections = dict(connections)

    def put(self, request_id: str, connection: Connection) -> None:
        self.connections[request_id] = connection

    def take(self, request_id: str) -> Connection | None:
        return self.connections.pop(request_id, None)

    def get(self, request_id: str) -> Connection | None:
        return self.connections.get(request_id)


class ScriptedProvider:
    """A provider whose next answer, `progress`, and whose `connection` a test writes down beforehand."""

    endpoint = "https://provider.example"

    def __init__(self, progress: Progress | None = None, connection: Connection | None = None) -> None:
        self.progress = progress or Progress(Status.PENDING)
        self.connection = connection
        self.calls: list[tuple[object, ...]] = []

    def prepare(self, session: SessionRef, client_token: str) -> Progress:
        return self._answer("prepare", session, client_token)

    def create(self, session: SessionRef, expiration_seconds: int, client_token: str) -> Progress:
        return self._answer("create", session, expiration_seconds, client_token)

    def describe(self, session: SessionRef, stream_id: str) -> Progress:
        return self._answer("describe", session, stream_id)

    def connect(self, session: SessionRef, stream_id: str, expiration_seconds: int) -> Connection:
        self._answer("connect", session, stream_id, expiration_seconds)
        assert self.connection
        return self.connection

    def release(self, session: SessionRef, *, session_started: bool) -> None:
        self._answer("release", session, session_started)

    def _answer(self, *call: object) -> Progress:
        self.calls.append(call)
        return self.progress
