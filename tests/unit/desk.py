"""The API's rules on top of fakes, and calls as its owner would make them."""

from __future__ import annotations

from typing import Any

from greenroom.domain import Connection
from greenroom.record import Record
from greenroom.streams_api import Answer, StreamsApi
from tests.unit.examples import DEFAULTS, OWNER, a_body
from tests.unit.fakes import FakeClock, InMemoryConnections, InMemoryRequests
from tests.unit.recorders import RecordingExecutions


class Desk:
    """Where callers ask. `administrators` are patterns of those who see everything."""

    def __init__(self, *records: Record, administrators: str = "", **connections: Connection) -> None:
        self.requests = InMemoryRequests(*records)
        self.connections = InMemoryConnections(**connections)
        self.executions = RecordingExecutions()
        self.clock = FakeClock()
        self.api = StreamsApi(
            requests=self.requests,
            connections=self.connections,
            executions=self.executions,
            defaults=DEFAULTS,
            administrators=frozenset(administrators.split()),
            clock=self.clock,
        )

    def create(self, key: str | None = None, caller: str = OWNER, **fields: object) -> Answer:
        return self.api.create(caller, a_body(**fields), key)

    def show(self, caller: str = OWNER, request_id: str = "r") -> Answer:
        return self.api.show(caller, request_id)

    def cancel(self, caller: str = OWNER) -> Answer:
        return self.api.cancel(caller, "r")

    def claim(self, caller: str = OWNER) -> Answer:
        return self.api.claim(caller, "r")

    def list(self, caller: str = OWNER, **query: str) -> dict[str, Any]:
        return dict(self.api.list(caller, query).body)
