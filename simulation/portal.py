"""A portal: one caller that asks for everybody. Its requests are put on record before their executions start.

As `POST streams` does it, by the same code; the door itself, with its own limits, is not played.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from greenroom.adapters.paces_table import DynamoDbDoors, DynamoDbOrigins
from greenroom.adapters.records_table import DynamoDbRecords
from greenroom.adapters.schedules_table import DynamoDbSchedules
from greenroom.api.owners import Owners
from greenroom.domain.caller import Caller
from greenroom.domain.errors import RecordUnavailable
from greenroom.domain.values import utc_now
from greenroom.flow.acceptance import Acceptance, Defaults
from greenroom.flow.admission import Admission
from greenroom.flow.payloads import Submission
from greenroom.flow.schedules import Planner
from greenroom.request.identities import Identities
from greenroom.request.rules import Rules
from simulation.policies import RECORDS, SCHEDULES
from simulation.scheduler import Scheduler

ARN = "arn:aws:sts::111122223333:assumed-role/Portal/i-0a1b2c3d4e5f60718"
# The API answers 429 with so much in `Retry-After`.
_RETRY_SECONDS = 1.0


class Portal:
    """`client`: of DynamoDB. `refused`: how often a record could not be kept, and was tried again."""

    def __init__(self, client: Any, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._acceptance = Acceptance(
            records=DynamoDbRecords(client, RECORDS, timedelta(days=7)),
            admission=Admission(Identities(), DynamoDbOrigins(client, "paces"), Owners()),
            planner=Planner(DynamoDbSchedules(client, SCHEDULES), 0.5, lambda: None),
            defaults=Defaults(900, Rules(("nimble",))),
            doors=DynamoDbDoors(client, "paces", utc_now),
            clock=utc_now,
        )
        self.refused = 0

    def ask(self, request_id: str, body: Mapping[str, Any]) -> None:
        """Put a request on record."""
        while True:
            try:
                self._acceptance.accept(Submission(request_id, dict(body)), caller=Caller(ARN), owner=ARN)
            except RecordUnavailable:
                self.refused += 1
                self._scheduler.sleep(_RETRY_SECONDS)
            else:
                return
