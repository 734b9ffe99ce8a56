"""Examples that many tests start from: a request, its record, the work it makes, a URL."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from greenroom.domain.values import RequestState, StreamUrl
from greenroom.flow.defaults import Defaults
from greenroom.flow.payloads import Task, Work
from greenroom.flow.schedule import Schedule
from greenroom.providers.nimble.fields import NimbleFields
from greenroom.record.model import Record
from greenroom.request.stream_request import parse_request
from tests.support.fakes import NOW

URL = "https://gateway.example/connect?token=bearer-secret"
OWNER = "arn:aws:iam::123456789012:user/ada"
SCHEDULE = Schedule(first=5, backoff_rate=1.5, max=20)
DEFAULTS = Defaults(SCHEDULE, 900)
FIELDS = NimbleFields(studioId="studio", sessionId="session")


def a_body(**fields: object) -> dict[str, Any]:
    """Make a request as JSON: the two required fields, and whatever else."""
    return {"studioId": "studio", "sessionId": "session", **fields}


def a_record(body: dict[str, Any] | None = None, **fields: Any) -> Record:
    """Make the record of request `r`, accepted at NOW with 900 seconds; its URL, if it has one, works for 120."""
    request = parse_request(body or a_body())
    given = {
        "id": "r",
        "created_at": NOW,
        "deadline_at": NOW + timedelta(seconds=900),
        "notify": tuple(request.notify or DEFAULTS.notify),
        "claim": bool(request.claim),
        "owner": OWNER,
        "expires_at": NOW + timedelta(seconds=120) if fields.get("state") is RequestState.READY else None,
        **fields,
    }
    return Record(request=request, **given)


def a_task(seconds_to_deadline: float = 900, ready_at: datetime | None = None) -> Task:
    """Make the input of a task of request `r`, with client token `token` and stream `stream`."""
    work = Work(
        id="r",
        fields=FIELDS,
        deadline_at=NOW + timedelta(seconds=seconds_to_deadline),
        schedule=SCHEDULE,
    )
    return Task(request=work, client_token="token", stream_id="stream", ready_at=ready_at)  # noqa: S106  # it is no secret


def a_stream_url(seconds: float = 120) -> StreamUrl:
    """Make a URL that works for so long from NOW."""
    return StreamUrl(URL, NOW + timedelta(seconds=seconds))
