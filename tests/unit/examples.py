"""Examples that many tests start from: a request, its record, the work it makes, a connection."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from greenroom.defaults import Defaults
from greenroom.domain import Connection, RequestState
from greenroom.payloads import Schedule, Task, Work
from greenroom.record import Record
from greenroom.request import parse_request
from tests.unit.fakes import NOW

URL = "https://gateway.example/connect?token=bearer-secret"
OWNER = "arn:aws:iam::123456789012:user/ada"
SCHEDULE = Schedule(first=5, backoff_rate=1.5, max=20)
DEFAULTS = Defaults(SCHEDULE, 900)


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


def a_task(seconds_to_deadline: float = 900) -> Task:
    """Make the input of a task of request `r`, with client token `token` and stream `stream`."""
    work = Work(
        id="r",
        studio_id="studio",
        session_id="session",
        expiration_in_seconds=120,
        deadline_at=NOW + timedelta(seconds=seconds_to_deadline),
        schedule=SCHEDULE,
    )
    return Task(request=work, client_token="token", stream_id="stream")  # noqa: S106  # it is no secret


def a_connection(seconds: float = 120) -> Connection:
    """Make a connection that works for so long from NOW."""
    return Connection(URL, NOW + timedelta(seconds=seconds))
