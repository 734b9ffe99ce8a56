"""Named fakes of the clock, the stores and the provider: each keeps its port's promise in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from greenroom.domain.errors import LinkRefused
from greenroom.domain.values import Failure, Progress, Renewal, RequestState, Status, StreamUrl, Wait, Waiting
from greenroom.flow.learning import Observation
from greenroom.flow.pacing import NotYet
from greenroom.flow.schedules import Learned, Looks, Pool
from greenroom.providers.accepted import AcceptedFields
from greenroom.providers.port import Starting
from greenroom.record.links import Token
from greenroom.record.model import Open, Record, mark_of
from greenroom.record.store import Cursor, Seen

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
        self.attempts: dict[str, str] = {}

    def add(self, record: Record) -> Record:
        return self.records.setdefault(record.id, record)

    def get(self, request_id: str) -> Record | None:
        return self.records.get(request_id)

    def of_owner(
        self, owner: str, state: RequestState | None, limit: int, after: Cursor | None = None
    ) -> tuple[list[Record], Cursor | None]:
        owned = [record for record in self.records.values() if record.owner == owner and not record.withdrawn]
        keys = {record.id: (record.created_at.isoformat(), record.id) for record in owned}
        newest = sorted(owned, key=lambda record: keys[record.id], reverse=True)
        rest = [record for record in newest if after is None or keys[record.id] < after]
        page = [record for record in rest[:limit] if state in {None, record.state}]
        return page, keys[rest[limit - 1].id] if len(rest) > limit else None

    def pending_of(self, owner: str, since: datetime, most: int) -> list[Record]:
        found, _ = self.of_owner(owner, RequestState.PENDING, len(self.records) + 1)
        return [record for record in found if record.batch is None and record.created_at >= since][:most]

    def overdue(self, by: datetime) -> Iterator[str]:
        for record in sorted(self.records.values(), key=lambda record: record.deadline_at):
            if not record.state.is_terminal and record.deadline_at < by:
                yield record.id

    def unannounced(self, by: datetime) -> Iterator[str]:
        return self._due(Open.UNANNOUNCED, by)

    def releasing(self, by: datetime) -> Iterator[str]:
        return self._due(Open.RELEASING, by)

    def renewing(self, by: datetime) -> Iterator[str]:
        return self._due(Open.RENEWING, by)

    def note_start(self, request_id: str, client_token: str, *, renewal: bool) -> bool:
        started = {"fresh_started" if renewal else "started": client_token}
        return self._at_work(request_id, renewal) and self._change(request_id, **started)

    def is_at_work(self, request_id: str, *, renewal: bool) -> bool:
        return self._at_work(request_id, renewal)

    def begin_create(self, request_id: str, attempt: str, after: str, *, renewal: bool) -> bool:
        if not self._at_work(request_id, renewal) or after != self.attempts.get(request_id, ""):
            return False
        self.attempts[request_id] = attempt
        return True

    def creating(self, request_id: str, *, renewal: bool) -> str | None:
        return self.attempts.get(request_id, "") if self._at_work(request_id, renewal) else None

    def note_progress(
        self, request_id: str, progress: Progress, waits: Mapping[Waiting, Wait], looks: int = 0, *, renewal: bool
    ) -> bool:
        record = self.records[request_id]
        if not self._at_work(request_id, renewal):
            return False
        if renewal:
            return self._change(request_id, fresh_stream_id=progress.stream_id or record.fresh_stream_id)
        return self._change(
            request_id,
            stream=progress.stream or record.stream,
            stream_id=progress.stream_id or record.stream_id,
            waits={**record.waits, **waits},
            looks=record.looks + looks,
        )

    def note_late(self, request_id: str, stream_id: str | None, at: datetime, *, renewal: bool) -> None:
        record = self.records[request_id]
        name = "fresh_stream_id" if renewal else "stream_id"
        self._change(request_id, late=True, **{name: stream_id or getattr(record, name)})
        if record.open is None:
            self._change(request_id, open=Open.RELEASING, due_at=at)

    def settle(
        self, request_id: str, outcome: RequestState, at: datetime, failure: Failure, *, to_stop: bool = False
    ) -> bool:
        record = self.records.get(request_id)
        if record is None or record.state.is_terminal:
            return False
        ended = {"state": outcome, "settled_at": at, "failure": failure, "to_stop": to_stop}
        return self._change(request_id, **ended, open=Open.UNANNOUNCED, due_at=at)

    def mark_stopped(self, request_id: str) -> None:
        self._change(request_id, to_stop=False)

    def withdraw(self, request_id: str) -> None:
        record = self.records.get(request_id)
        if record and not record.state.is_terminal:
            gone = replace(record, state=RequestState.CANCELLED, withdrawn=True, open=None, due_at=None)
            self.records[request_id] = gone

    def mark_announced(self, record: Record, delivered: Iterable[str], withdrawn: Iterable[str] = ()) -> None:
        kept = self.records[record.id]
        if kept.due_at == record.due_at:
            is_done = not (record.to_release or kept.to_stop)
            left: dict[str, Any] = {"open": None, "due_at": None} if is_done else {"open": Open.RELEASING}
            self._change(
                record.id, delivered=kept.delivered | set(delivered), offers=kept.offers - set(withdrawn), **left
            )

    def still_to_announce(self, record: Record) -> bool:
        return bool(record.due_at) and self.records[record.id].due_at == record.due_at

    def note_offers(self, record: Record, offers: Iterable[str]) -> bool:
        kept = self.records[record.id]
        if not record.due_at or kept.due_at != record.due_at or kept.expired:
            return False
        self.records[record.id] = replace(kept, offers=kept.offers | set(offers))
        return True

    def mark_expired(self, request_id: str) -> Record | None:
        if request_id in self.records:
            self._change(request_id, expired=True)
        return self.records.get(request_id)

    def begin_attempt(self, request_id: str, target_key: str, offers: Iterable[str]) -> int | None:
        kept, offers = self.records.get(request_id), set(offers)
        if kept is None or (offers and kept.expired):
            return None
        attempts = {**kept.attempts, mark_of(target_key): kept.attempts_at(target_key) + 1}
        self.records[request_id] = replace(kept, attempts=attempts, offers=kept.offers | offers)
        return attempts[mark_of(target_key)]

    def withdraw_offers(self, request_id: str, offers: Iterable[str]) -> None:
        if kept := self.records.get(request_id):
            self.records[request_id] = replace(kept, offers=kept.offers - set(offers))

    def forget_attempts(self, request_id: str, target_key: str) -> None:
        if kept := self.records.get(request_id):
            attempts = {mark: count for mark, count in kept.attempts.items() if mark != mark_of(target_key)}
            self.records[request_id] = replace(kept, attempts=attempts)

    def revoke_links(self, request_id: str) -> None:
        if kept := self.records.get(request_id):
            self._change(request_id, link_generation=kept.link_generation + 1)

    def own_fallback(self, request_id: str, target_key: str) -> bool:
        return request_id in self.records and self.fallbacks.setdefault(request_id, target_key) == target_key

    def mark_delivered(self, request_id: str, target_key: str) -> None:
        self._change(request_id, delivered=self.records[request_id].delivered | {target_key})

    def begin_renewal(self, request_id: str, due_at: datetime) -> None:
        record = self.records[request_id]
        if record.state is RequestState.READY and not record.renewal:
            self._change(request_id, renewal=Renewal.ASKED, open=Open.RENEWING, due_at=due_at)

    def end_renewal(self, request_id: str, at: datetime) -> bool:
        return self._at_work(request_id, renewal=True) and self._change(
            request_id, renewal=Renewal.FAILED, renewal_ended_at=at, open=Open.UNANNOUNCED, due_at=at
        )

    def ask_for_release(self, record: Record, at: datetime) -> None:
        kept = self.records[record.id]
        if (kept.open, kept.due_at) == (Open.RELEASING, record.due_at):
            self._change(record.id, due_at=at)

    def mark_released(self, request_id: str) -> None:
        if self.records[request_id].open is Open.RELEASING:
            self._change(request_id, open=None, due_at=None, to_stop=False)

    def note_release_failure(self, request_id: str, failure: Failure) -> bool:
        return self.release_failures.setdefault(request_id, failure) is failure

    def _at_work(self, request_id: str, renewal: bool) -> bool:  # noqa: FBT001  # as the port has it
        record = self.records.get(request_id)
        if record is None:
            return False
        return record.renewal is Renewal.ASKED if renewal else not record.state.is_terminal

    def _due(self, what: Open, by: datetime) -> Iterator[str]:
        for record in list(self.records.values()):
            if record.open is what and record.due_at and record.due_at < by:
                yield record.id

    def _change(self, request_id: str, **changes: Any) -> bool:
        self.records[request_id] = replace(self.records[request_id], **changes)
        return True


class InMemoryHolders:
    """Who has started last what several requests share."""

    def __init__(self) -> None:
        self.tokens: dict[tuple[str, str], str] = {}

    def take(self, provider: str, shared: str, client_token: str) -> None:
        self.tokens[provider, shared] = client_token

    def holder(self, provider: str, shared: str) -> str | None:
        return self.tokens.get((provider, shared))


class InMemoryStreamUrls:
    """`ended`: the ids of requests whose URL nobody waits for any more. `records`: which note what was seen, if any."""

    def __init__(self, **urls: StreamUrl) -> None:
        self.records: InMemoryRecords | None = None
        self.urls = dict(urls)
        self.locked_by: dict[str, str] = {}
        self.ended: set[str] = set()

    def put(
        self, request_id: str, url: StreamUrl, client_token: str, *, renewal: bool, seen: Seen | None = None
    ) -> bool:
        if request_id in self.ended or (self.records and not self.records.is_at_work(request_id, renewal=renewal)):
            return False
        if seen and self.records:
            self.records.note_progress(request_id, seen.progress, seen.waits, seen.looks, renewal=renewal)
        self.urls[request_id], self.locked_by[request_id] = url, client_token
        return True

    def expiry(self, request_id: str, client_token: str) -> datetime | None:
        is_there = self.locked_by.get(request_id) == client_token and request_id in self.urls
        return self.urls[request_id].expires_at if is_there else None

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
    """Tokens that anybody can read, and make: the id, when it ends, and its generation."""

    def sign(self, request_id: str, expires_at: datetime, generation: int) -> str:
        return f"{request_id}.{int(expires_at.timestamp())}.{generation}"

    def read(self, token: str, now: datetime) -> Token:
        request_id, expires_at, generation = ["", *token.split(".")][-3:] if token.count(".") == 2 else ("", "0", "0")
        if not request_id or now.timestamp() >= int(expires_at):
            raise LinkRefused("The link is none of ours, or has ended")
        return Token(request_id, int(generation))


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
        self.lanes: list[str] = []

    def ask(
        self, name: str, call: Callable[[], Answer], *, lane: str, arrived_at: datetime, ticket: str = ""
    ) -> Answer:
        operation = name.rpartition("/")[2]
        self.asked.append((name, arrived_at, ticket))
        self.lanes.append(lane)
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
        self.starts = False
        self.settles_in = 0

    def prepare(self, fields: AcceptedFields, client_token: str, starting: Starting) -> Progress:
        if self.starts:
            starting()
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
