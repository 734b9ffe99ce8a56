"""The API's calls on top of fakes, as a caller would make them."""

from __future__ import annotations

from typing import Any

from greenroom.api.owners import Owners
from greenroom.api.streams import StreamCalls
from greenroom.api.usage import PendingLimit
from greenroom.api.views import Answer
from greenroom.domain.caller import Caller
from greenroom.domain.values import StreamUrl, Waiting
from greenroom.flow.schedules import Learned, Pool
from greenroom.record.model import Record
from greenroom.request.identities import IdentityRule
from tests.support.admission import InMemoryOrigins, an_admission
from tests.support.batches import InMemoryBatches, InMemoryMembers
from tests.support.doors import SwingingDoors
from tests.support.examples import OWNER, SCHEDULE, a_body, a_link, a_planner, an_acceptance
from tests.support.fakes import FakeClock, InMemoryRecords, InMemorySchedules, InMemoryStreamUrls
from tests.support.recorders import RecordingExecutions

POOL = Pool("nimble", "studio")


class Desk:
    """The place where callers ask. `administrators` and `shared_roles` are patterns of ARNs.

    What the streams of studio `studio` take was learned: SCHEDULE.
    """

    def __init__(
        self,
        *records: Record,
        administrators: str = "",
        shared_roles: str = "",
        rules: tuple[IdentityRule, ...] = (),
        **urls: StreamUrl,
    ) -> None:
        self.records = InMemoryRecords(*records)
        self.stream_urls = InMemoryStreamUrls(**urls)
        self.batches, self.members = InMemoryBatches(), InMemoryMembers(self.records)
        self.executions = RecordingExecutions()
        self.schedules = InMemorySchedules(Learned(POOL, {}, dict.fromkeys(Waiting, SCHEDULE)))
        self.doors = SwingingDoors()
        self.clock = FakeClock()
        self.origins = InMemoryOrigins()
        self.admission = an_admission(
            *rules, origins=self.origins, administrators=administrators, shared_roles=shared_roles
        )
        self.limit: int | None = None
        self.owners = Owners(frozenset(administrators.split()), frozenset(shared_roles.split()))

    def create(self, key: str | None = None, caller: str = OWNER, **fields: object) -> Answer:
        return self.create_from(a_body(**fields), Caller(caller), key)

    def create_from(self, body: Any, caller: Caller, key: str | None = None) -> Answer:
        return self.calls.create(caller, body, key)

    def show(self, caller: str = OWNER, request_id: str = "r") -> Answer:
        return self.calls.show(caller, request_id)

    def cancel(self, caller: str = OWNER) -> Answer:
        return self.calls.cancel(caller, "r")

    def claim(self, caller: str = OWNER) -> Answer:
        return self.calls.claim(caller, "r")

    def waiting_room(self, caller: str = OWNER) -> Answer:
        return self.calls.waiting_room(caller, "r", a_link)

    def revoke(self, caller: str = OWNER) -> Answer:
        return self.calls.revoke_waiting_room(caller, "r")

    def list(self, caller: str = OWNER, **query: str) -> dict[str, Any]:
        return dict(self.calls.list_own(caller, query).body)

    @property
    def calls(self) -> StreamCalls:
        acceptance = an_acceptance(
            self.records,
            admission=self.admission,
            planner=a_planner(self.schedules),
            doors=self.doors,
            clock=self.clock,
        )
        return StreamCalls(
            acceptance,
            self.records,
            self.stream_urls,
            self.batches,
            self.members,
            self.executions,
            self.owners,
            PendingLimit(self.limit, self.records),
            self.clock,
        )
