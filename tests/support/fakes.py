"""Named fakes of the clock, the stores and the provider: each keeps its port's promise in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from greenroom.domain.errors import LinkRefused
from greenroom.domain.values import Failure, Progress, Renewal, RequestState, Status, StreamUrl, Wait, Waiting
from greenroom.flow.learning import Observation
from greenroom.flow.pacing import NotYet
from greenroom.flow.schedules import Learned, Looks, Pool
from greenroom.providers.accepted import AcceptedFields
from greenroom.record.model import Record, mark_of
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
        self.fallbacks: dict[str, str] = {}

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

    def note_progress(
        self, request_id: str, progress: Progress, client_token: str, waits: Mapping[Waiting, Wait], looks: int = 0
    ) -> None:
        record = self.records[request_id]
        if not record.state.is_terminal:
            stream, stream_id = progress.stream or record.stream, progress.stream_id or record.stream_id
            waits, looks = {**record.waits, **waits}, record.looks + looks
            record = replace(record, stream=stream, stream_id=stream_id, waits=waits, looks=looks)
        if progress.started:
            record = replace(record, started=client_token, stream_id=progress.stream_id or record.stream_id)
        self.records[request_id] = record

    def settle(self, request_id: str, outcome: RequestState, at: datetime, failure: Failure) -> bool:
        record = self.records.get(request_id)
        if record is None or record.state.is_terminal:
            return False
        self.records[request_id] = replace(record, state=outcome, settled_at=at, due_at=at, failure=failure)
        return True

    def mark_announced(self, record: Record, delivered: Iterable[str], withdrawn: Iterable[str] = ()) -> None:
        kept = self.records[record.id]
        if kept.due_at == record.due_at:
            told, offers = kept.delivered | set(delivered), kept.offers - set(withdrawn)
            self.records[record.id] = replace(kept, due_at=None, delivered=told, offers=offers)

    def note_offers(self, record: Record, offers: Iterable[str]) -> bool:
        kept = self.records[record.id]
        if not record.due_at or kept.due_at != record.due_at:
            return False
        self.records[record.id] = replace(kept, offers=kept.offers | set(offers))
        return True

    def begin_attempt(self, request_id: str, target_key: str, offers: Iterable[str]) -> Record | None:
        kept = self.records.get(request_id)
        if kept is None:
            return None
        attempts = {**kept.attempts, mark_of(target_key): kept.attempts_at(target_key) + 1}
        self.records[request_id] = replace(kept, attempts=attempts, offers=kept.offers | set(offers))
        return self.records[request_id]

    def withdraw_offers(self, request_id: str, offers: Iterable[str]) -> None:
        if kept := self.records.get(request_id):
            self.records[request_id] = replace(kept, offers=kept.offers - set(offers))

    def forget_attempts(self, request_id: str, target_key: str) -> None:
        if kept := self.records.get(request_id):
            attempts = {mark: count for mark, count in kept.attempts.items() if mark != mark_of(target_key)}
            self.records[request_id] = replace(kept, attempts=attempts)

    def own_fallback(self, request_id: str, target_key: str) -> bool:
        return request_id in self.records and self.fallbacks.setdefault(request_id, target_key) == target_key

    def mark_delivered(self, request_id: str, target_key: str) -> None:
        record = self.records[request_id]
        self.records[request_id] = replace(record, delivered=record.delivered | {target_key})

    def begin_renewal(self, request_id: str) -> None:
        record = self.records[request_id]
        if record.state is RequestState.READY and not record.renewal:
            self.records[request_id] = replace(record, renewal=Renewal.ASKED)

    def end_renewal(self, request_id: str, at: datetime) -> bool:
        record = self.records[request_id]
        if record.renewal is not Renewal.ASKED:
            return False
        self.records[request_id] = replace(record, renewal=Renewal.FAILED, due_at=at)
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

    def open(self, request_id: str) -> StreamUrl | None:
        url = self.urls.get(request_id)
        if url is None or url.opened:
            return None
        self.urls[request_id] = replace(url, opened=True)
        return self.urls[request_id]

    def get(self, request_id: str) -> StreamUrl | None:
        return self.urls.get(request_id)


class PlainLinks:
    """Tokens that anybody can read, and make: the id, and when it ends."""

    def sign(self, request_id: str, expires_at: datetime) -> str:
        return f"{request_id}.{int(expires_at.timestamp())}"

    def read(self, token: str, now: datetime) -> str:
        request_id, _, expires_at = token.rpartition(".")
        if not request_id or now.timestamp() >= int(expires_at):
            raise LinkRefused("The link is none of ours, or has ended")
        return request_id


class InMemorySchedules:
    """All that was seen of each pool, and learned from it."""

    def __init__(self, *learned: Learned) -> None:
        self.learned = {each.pool: each for each in learned}

    def of(self, pool: Pool) -> Looks:
        return self.learned[pool].schedules if pool in self.learned else {}

    def observe(self, pool: Pool, seen: Mapping[Waiting, Observation]) -> None:
        kept = self.learned.get(pool, Learned(pool, {}, {}))
        added = {waiting: [*kept.seen.get(waiting, ()), each] for waiting, each in seen.items()}
        self.learned[pool] = replace(kept, seen={**kept.seen, **added}, is_stale=True)

    def read(self, pool: Pool) -> Learned | None:
        return self.learned.get(pool)

    def all(self) -> Iterator[Learned]:
        yield from self.learned.values()

    def keep(self, learned: Learned, forget: Mapping[Waiting, int]) -> None:
        seen = {waiting: each[forget.get(waiting, 0) :] for waiting, each in learned.seen.items()}
        self.learned[learned.pool] = replace(learned, seen=seen, is_stale=False)


Answer = TypeVar("Answer")


class ScriptedPacer:
    """A pace at which each operation is asked at once, except those that `waits` names, with the seconds to wait."""

    def __init__(self, **waits: int) -> None:
        self.waits = waits
        self.asked: list[tuple[str, datetime, str]] = []

    def ask(self, name: str, call: Callable[[], Answer], *, arrived_at: datetime, ticket: str = "") -> Answer:
        operation = name.rpartition("/")[2]
        self.asked.append((name, arrived_at, ticket))
        if operation in self.waits:
            raise NotYet(self.waits[operation], "ticket")
        return call()


class ScriptedProvider:
    """A provider whose next answer, `progress`, whose `url` and whose errors a test writes down beforehand."""

    endpoint = "https://provider.example"

    def __init__(
        self, progress: Progress | None = None, url: StreamUrl | None = None, error: Exception | None = None
    ) -> None:
        self.progress = progress or Progress(Status.PENDING)
        self.url = url
        self.error = error
        self.connect_error: Exception | None = None
        self.calls: list[tuple[object, ...]] = []

    def prepare(self, fields: AcceptedFields, client_token: str) -> Progress:
        return self._answer("prepare", fields, client_token)

    def create(self, fields: AcceptedFields, client_token: str) -> Progress:
        return self._answer("create", fields, client_token)

    def describe(self, fields: AcceptedFields, stream_id: str, age: timedelta) -> Progress:
        return self._answer("describe", fields, stream_id, age)

    def connect(self, fields: AcceptedFields, stream_id: str) -> StreamUrl:
        self._answer("connect", fields, stream_id)
        if self.connect_error:
            raise self.connect_error
        assert self.url
        return self.url

    def release(self, fields: AcceptedFields, stream_id: str | None, client_token: str) -> None:
        self._answer("release", fields, stream_id, client_token)

    def _answer(self, *call: object) -> Progress:
        self.calls.append(call)
        if self.error:
            raise self.error
        return self.progress
