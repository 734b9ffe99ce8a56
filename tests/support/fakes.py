"""Named fakes of the clock, the stores and the provider: each keeps its port's promise in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from greenroom.domain.values import Failure, Progress, Renewal, RequestState, Status, StreamUrl
from greenroom.providers.fields import ProviderFields
from greenroom.record.model import Record
from greenroom.record.store import Cursor

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


class FakeClock:
    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class InMemoryRecords:
    """Records by id. An outcome, once there, is never written over."""

    def __init__(self, *records: Record) -> None:
        self.records = {record.id: record for record in records}
        self.release_failures: dict[str, Failure] = {}

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

    def unannounced(self, by: datetime) -> Iterator[str]:
        for record in list(self.records.values()):
            if record.state.is_terminal and record.due_at and record.due_at < by:
                yield record.id

    def note_progress(self, request_id: str, progress: Progress, client_token: str) -> None:
        record = self.records[request_id]
        if not record.state.is_terminal:
            stream, stream_id = progress.stream or record.stream, progress.stream_id or record.stream_id
            record = replace(record, stream=stream, stream_id=stream_id)
        if progress.started:
            record = replace(record, started=client_token, stream_id=progress.stream_id or record.stream_id)
        self.records[request_id] = record

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
        self.records[request_id] = replace(
            record, state=outcome, settled_at=at, due_at=at, failure=failure, expires_at=expires_at
        )
        return True

    def mark_announced(self, record: Record) -> None:
        kept = self.records[record.id]
        if kept.due_at == record.due_at:
            self.records[record.id] = replace(kept, due_at=None)

    def mark_delivered(self, request_id: str, target_key: str) -> None:
        record = self.records[request_id]
        self.records[request_id] = replace(record, delivered=record.delivered | {target_key})

    def begin_renewal(self, request_id: str) -> None:
        record = self.records[request_id]
        if record.state is RequestState.READY and not record.renewal:
            self.records[request_id] = replace(record, renewal=Renewal.ASKED)

    def end_renewal(
        self, request_id: str, at: datetime, stream_id: str | None = None, expires_at: datetime | None = None
    ) -> bool:
        record = self.records[request_id]
        if record.renewal is not Renewal.ASKED:
            return False
        done = replace(record, renewal=Renewal.DONE, stream_id=stream_id, expires_at=expires_at, due_at=at)
        self.records[request_id] = done if stream_id else replace(record, renewal=Renewal.FAILED, due_at=at)
        return True

    def note_release_failure(self, request_id: str, failure: Failure) -> None:
        self.release_failures[request_id] = failure


class InMemoryStreamUrls:
    def __init__(self, **urls: StreamUrl) -> None:
        self.urls = dict(urls)

    def put(self, request_id: str, url: StreamUrl) -> None:
        self.urls[request_id] = url

    def take(self, request_id: str) -> StreamUrl | None:
        return self.urls.pop(request_id, None)

    def get(self, request_id: str) -> StreamUrl | None:
        return self.urls.get(request_id)


class ScriptedProvider:
    """A provider whose next answer, `progress`, whose `url`, and whose `error` a test writes down beforehand."""

    endpoint = "https://provider.example"

    def __init__(
        self, progress: Progress | None = None, url: StreamUrl | None = None, error: Exception | None = None
    ) -> None:
        self.progress = progress or Progress(Status.PENDING)
        self.url = url
        self.error = error
        self.calls: list[tuple[object, ...]] = []

    def prepare(self, fields: ProviderFields, client_token: str) -> Progress:
        return self._answer("prepare", fields, client_token)

    def create(self, fields: ProviderFields, client_token: str) -> Progress:
        return self._answer("create", fields, client_token)

    def describe(self, fields: ProviderFields, stream_id: str, age: timedelta) -> Progress:
        return self._answer("describe", fields, stream_id, age)

    def connect(self, fields: ProviderFields, stream_id: str) -> StreamUrl:
        self._answer("connect", fields, stream_id)
        assert self.url
        return self.url

    def release(self, fields: ProviderFields, stream_id: str | None, client_token: str) -> None:
        self._answer("release", fields, stream_id, client_token)

    def _answer(self, *call: object) -> Progress:
        self.calls.append(call)
        if self.error:
            raise self.error
        return self.progress
