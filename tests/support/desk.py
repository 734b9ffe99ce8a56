"""The API's calls on top of fakes, as a caller would make them."""

from __future__ import annotations

from typing import Any

from greenroom.api import streams
from greenroom.api.answer import Answer
from greenroom.api.owners import Owners
from greenroom.api.usage import PendingLimit
from greenroom.domain.caller import Caller
from greenroom.domain.values import StreamUrl, Waiting
from greenroom.flow.schedules import Learned, Pool
from greenroom.record.model import Record
from greenroom.request.identities import IdentityRule
from tests.support.admission import InMemoryOrigins, an_admission
from tests.support.batches import InMemoryBatches, InMemoryMembers
from tests.support.doors import SwingingDoors
from tests.support.examples import DEFAULTS, OWNER, SCHEDULE, a_body, a_link, a_planner
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
        return streams.create(
            caller,
            body,
            key,
            records=self.records,
            admission=self.admission,
            executions=self.executions,
            owners=self.owners,
            planner=a_planner(self.schedules),
            defaults=DEFAULTS,
            doors=self.doors,
            clock=self.clock,
            limit=PendingLimit(self.limit, self.records),
        )

    def show(self, caller: str = OWNER, request_id: str = "r") -> Answer:
        return streams.show(
            caller,
            request_id,
            records=self.records,
            stream_urls=self.stream_urls,
            owners=self.owners,
            clock=self.clock,
        )

    def cancel(self, caller: str = OWNER) -> Answer:
        return streams.cancel(
            caller, "r", records=self.records, executions=self.executions, owners=self.owners, clock=self.clock
        )

    def claim(self, caller: str = OWNER) -> Answer:
        return streams.claim(
            caller, "r", records=self.records, stream_urls=self.stream_urls, owners=self.owners, clock=self.clock
        )

    def waiting_room(self, caller: str = OWNER) -> Answer:
        return streams.waiting_room(
            caller, "r", records=self.records, owners=self.owners, link_to=a_link, clock=self.clock
        )

    def revoke(self, caller: str = OWNER) -> Answer:
        return streams.revoke_waiting_room(caller, "r", records=self.records, owners=self.owners)

    def list(self, caller: str = OWNER, **query: str) -> dict[str, Any]:
        return dict(
            streams.list_own(
                caller,
                query,
                records=self.records,
                batches=self.batches,
                members=self.members,
                owners=self.owners,
            ).body
        )
