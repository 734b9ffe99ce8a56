"""Named fakes of the ports. Each keeps its port's promise in memory, and shows what it was asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from greenroom.domain import Connection, Failure, Progress, RequestState, SessionRef, Status
from greenroom.message import Delivery, Message
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

    def note_progress(self, request_id: str, progress: Progress) -> None:
        record = self.records[request_id]
        if record.state.is_terminal:
            return
        self.records[request_id] = replace(
            record,
            answer=progress.answer or record.answer,
            stream_id=progress.stream_id or record.stream_id,
            session_started=progress.session_started or record.session_started,
        )

    def settle(self, request_id: str, outcome: RequestState, at: datetime, failure: Failure | None = None) -> bool:
        record = self.records.get(request_id)
        if record is None or record.state.is_terminal:
            return False
        self.records[request_id] = replace(record, state=outcome, settled_at=at, failure=failure)
        return True

    def mark_delivered(self, request_id: str, target_key: str) -> None:
        record = self.records[request_id]
        self.records[request_id] = replace(record, delivered=record.delivered | {target_key})


class InMemoryConnections:
    def __init__(self, **connections: Connection) -> None:
        self.connections = dict(connections)

    def put(self, request_id: str, connection: Connection) -> None:
        self.connections[request_id] = connection

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


@dataclass
class RecordingTarget:
    """A target that takes every message, or raises `error` instead."""

    error: Exception | None = None
    taken: list[tuple[Message, Mapping[str, Any]]] = field(default_factory=list)

    def deliver(self, message: Message, target: Mapping[str, Any]) -> None:
        if self.error:
            raise self.error
        self.taken.append((message, target))


@dataclass
class RecordingBus:
    events: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    def put(self, detail_type: str, detail: Mapping[str, Any]) -> None:
        self.events.append((detail_type, detail))


@dataclass
class RecordingQueue:
    queued: list[Delivery] = field(default_factory=list)
    buried: list[Mapping[str, Any]] = field(default_factory=list)

    def put(self, deliveries: Sequence[Delivery]) -> None:
        self.queued += deliveries

    def bury(self, letter: Mapping[str, Any]) -> None:
        self.buried.append(letter)


@dataclass
class RecordingExecutions:
    started: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    stopped: list[tuple[str, str, str]] = field(default_factory=list)

    def start(self, request_id: str, request: Mapping[str, Any]) -> None:
        self.started.append((request_id, request))

    def stop(self, request_id: str, error: str, cause: str) -> None:
        self.stopped.append((request_id, error, cause))


@dataclass(frozen=True)
class FakeLambdaContext:
    """What the logger reads of the context that Lambda passes."""

    function_name: str = "api"
    memory_limit_in_mb: int = 256
    invoked_function_arn: str = "arn:aws:lambda:us-west-2:123456789012:function:api"
    aws_request_id: str = "f7d6c1de-0000-4000-8000-000000000000"
