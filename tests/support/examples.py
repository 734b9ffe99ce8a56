"""Examples that many tests start from: a request, its record, the work it makes, a URL."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from greenroom.domain.caller import Caller
from greenroom.domain.values import Clock, RequestState, Status, StreamUrl
from greenroom.flow.acceptance import Acceptance, Defaults
from greenroom.flow.payloads import ProgressReport, Submission, Task, Work
from greenroom.flow.schedule import Schedule
from greenroom.flow.schedules import Planner
from greenroom.flow.tasks import Flow
from greenroom.providers.accepted import AcceptedFields
from greenroom.providers.port import Providers
from greenroom.record.links import Link, link_to
from greenroom.record.model import Open, Record
from greenroom.record.store import Records
from greenroom.request.rules import Rules
from tests.support.admission import OPEN
from tests.support.doors import SwingingDoors
from tests.support.fakes import (
    NOW,
    FakeClock,
    InMemoryHolders,
    InMemoryRecords,
    InMemorySchedules,
    InMemoryStreamUrls,
    PlainLinks,
    ScriptedPacer,
)

URL = "https://gateway.example/connect?token=bearer-secret"
API_URL = "https://api.example/v1/"
OWNER = "arn:aws:iam::123456789012:user/ada"
RULES = Rules(("nimble",))
DEFAULTS = Defaults(900, RULES)
FIELDS = AcceptedFields(
    {"provider": "nimble", "studioId": "studio", "sessionId": "session", "expirationInSeconds": 120}
)
SCHEDULE = Schedule((5, 10, 20), median=12, latest=25)


def a_planner(schedules: InMemorySchedules | None = None) -> Planner:
    """Make a planner that has learned nothing, or what is in these schedules."""
    return Planner(schedules or InMemorySchedules(), 0.5, lambda: None)


def an_acceptance(records: Records | None = None, **ports: Any) -> Acceptance:
    """Make one that lets everybody ask for everything, with the doors open at NOW, unless `ports` says otherwise."""
    usual = {
        "admission": OPEN,
        "planner": a_planner(),
        "defaults": DEFAULTS,
        "doors": SwingingDoors(),
        "clock": FakeClock(),
    }
    return Acceptance(records=InMemoryRecords() if records is None else records, **{**usual, **ports})


def a_flow(providers: Providers, records: Records, clock: Clock, **ports: Any) -> Flow:
    """Make the tasks on fakes, with those of `ports` that a test looks into. Each call is at its turn at once."""
    usual = {"stream_urls": InMemoryStreamUrls(), "holders": InMemoryHolders(), "pacer": ScriptedPacer()}
    return Flow(providers=providers, records=records, clock=clock, **{**usual, **ports})


def a_body(**fields: object) -> dict[str, Any]:
    """Make a request as JSON: the required fields, and whatever else."""
    return {"provider": "nimble", "studioId": "studio", "sessionId": "session", **fields}


def a_record(body: dict[str, Any] | None = None, **fields: Any) -> Record:
    """Make the record of request `r`, accepted at NOW with 900 seconds; its URL, if it has one, works for 120.

    Its stream is looked at by SCHEDULE, and so is its session.
    """
    record = an_acceptance().accept(Submission("r", body or a_body()), caller=Caller(OWNER), owner=OWNER)
    given = {
        "schedules": {"session": SCHEDULE.dump(), "stream": SCHEDULE.dump()},
        "expires_at": NOW + timedelta(seconds=120) if fields.get("state") is RequestState.READY else None,
        **fields,
    }
    if given.get("state", RequestState.PENDING).is_terminal:
        given = {"open": Open.UNANNOUNCED if given.get("due_at") else None, **given}
    return replace(record, **given)


def a_task(seconds_to_deadline: float = 900, *, fields: AcceptedFields = FIELDS, **progress: Any) -> Task:
    """Make the input of a task of request `r`, with client token `token` and, since NOW, stream `stream`.

    `progress` is what the task before it reported, if it was something else.
    """
    work = Work(
        id="r",
        fields=fields,
        deadline_at=NOW + timedelta(seconds=seconds_to_deadline),
        connect_seconds=120,
        looks={"session": [5, 10, 20], "stream": [5, 10, 20]},
    )
    before = ProgressReport(**{"status": Status.PENDING, "stream_id": "stream", "since": NOW, **progress})
    return Task(request=work, client_token="token", arrived_at=NOW, progress=before)  # noqa: S106  # it is no secret


def a_link(record: Record, now: datetime) -> Link:
    """Make the link to a request whose API is API_URL."""
    return link_to(record, now, links=PlainLinks(), api_url=API_URL)


def a_stream_url(seconds: float = 120) -> StreamUrl:
    """Make a URL that works for so long from NOW."""
    return StreamUrl(URL, NOW + timedelta(seconds=seconds))
