"""A portal: one caller that asks for everybody. Its requests are put on record before their executions start.

As `POST streams` does it, by the same code; the door itself, with its own limits, is not played.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from greenroom.adapters.origins_table import DynamoDbOrigins
from greenroom.adapters.records_table import DynamoDbRecords
from greenroom.adapters.schedules_table import DynamoDbSchedules
from greenroom.api.owners import Owners
from greenroom.domain.caller import Caller
from greenroom.domain.errors import RecordUnavailable
from greenroom.domain.values import utc_now
from greenroom.flow.acceptance import accept
from greenroom.flow.admission import Admission
from greenroom.flow.defaults import Defaults
from greenroom.flow.payloads import Submission
from greenroom.flow.schedules import Planner
from greenroom.request.identities import Identities
from simulation.policies import RECORDS, SCHEDULES
from simulation.scheduler import Scheduler

ARN = "arn:aws:sts::111122223333:assumed-role/Portal/i-0a1b2c3d4e5f60718"
# The API answers 429 with so much in `Retry-After`.
_RETRY_SECONDS = 1.0


class Portal:
    """`client`: of DynamoDB. `refused`: how often a record could not be kept, and was tried again."""

    def __init__(self, client: Any, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._records = DynamoDbRecords(client, RECORDS, timedelta(days=7))
        self._admission = Admission(Identities(), DynamoDbOrigins(client, "paces"), Owners())
        self._planner = Planner(DynamoDbSchedules(client, SCHEDULES), 0.5, lambda: None)
        self.refused = 0

    def ask(self, request_id: str, body: Mapping[str, Any]) -> None:
        """Put a request on record."""
        while True:
            try:
                accept(
                    Submission(request_id, dict(body)),
                    Caller(ARN),
                    ARN,
                    records=self._records,
                    admission=self._admission,
                    planner=self._planner,
                    defaults=Defaults(900),
                    clock=utc_now,
                )
            except RecordUnavailable:
                self.refused += 1
                self._scheduler.sleep(_RETRY_SECONDS)
            else:
                return
