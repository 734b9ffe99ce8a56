"""The values that every part of Greenroom speaks of: progress, outcomes, URLs and time. Frozen, and free of AWS."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

Clock = Callable[[], datetime]


class Status(StrEnum):
    """How far a session or a stream is, whatever the service calls it."""

    PENDING = "PENDING"
    READY = "READY"
    FAILED = "FAILED"


class RequestState(StrEnum):
    """The state of a request. It leaves `pending` once, for one of the four outcomes."""

    PENDING = "pending"
    READY = "ready"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    CANCELLED = "cancelled"

    @property
    def is_terminal(self) -> bool:
        return self is not RequestState.PENDING


class Waiting(StrEnum):
    """The two things that a request waits for: what its stream runs on, with room for it; then the stream itself."""

    SESSION = "session"
    STREAM = "stream"


@dataclass(frozen=True)
class Wait:
    """One wait of a request as its looks showed it, in whole seconds since it began.

    `pending_for`: not ready at the last such look. `ready_after`: ready at the look after that, if it came to be.
    """

    since: datetime
    pending_for: int = 0
    ready_after: int | None = None


class Renewal(StrEnum):
    """How far the one fresh stream for an expired URL is."""

    ASKED = "asked"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True)
class Progress:
    """How far a session or a stream is, as its service reports it.

    `state`, `status_code` and `detail` are the service's own words; `stream` is its whole answer about the stream
    without the URL, times as ISO 8601 text. `url`: of a stream that is READY, where the same answer has it, which saves
    the call of connect. `forgotten`: of a stream that is FAILED, the service has forgotten that it was asked for, or
    does not say why there is none, and a create may make it still.
    """

    status: Status
    state: str | None = None
    status_code: str | None = None
    detail: str | None = None
    stream_id: str | None = None
    stream: Mapping[str, str] = field(default_factory=dict)
    url: StreamUrl | None = None
    forgotten: bool = False


@dataclass(frozen=True)
class StreamUrl:
    """The URL of a stream. It is a bearer secret: `repr` leaves it out, so no log can show it by chance.

    `opened`: a person has opened it in the waiting room, which gives it out once.
    """

    url: str = field(repr=False)
    expires_at: datetime
    opened: bool = False

    def seconds_left(self, now: datetime) -> int:
        """Return the whole seconds until the URL stops working; 0 once it has."""
        return seconds_until(self.expires_at, now)


@dataclass(frozen=True)
class Failure:
    """Why there is no stream: an error name, a sentence, and the service's own words where it gave any."""

    error: str
    message: str
    state: str | None = None
    status_code: str | None = None


def seconds_until(moment: datetime, now: datetime) -> int:
    """Return the whole seconds from now until a moment; 0 once it has passed."""
    return max(0, int((moment - now) / timedelta(seconds=1)))


def utc_now() -> datetime:
    return datetime.now(UTC)


def sleep(seconds: float) -> None:
    # Looked up at each call, so that a virtual clock may take its place.
    time.sleep(seconds)


def to_iso(moment: datetime) -> str:
    """Return ISO 8601 in UTC to the second, with `Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def from_iso(text: str) -> datetime:
    return datetime.fromisoformat(text)


def time_at(data: Mapping[str, Any], name: str) -> datetime | None:
    """Return the time under a name, if there is one."""
    return from_iso(data[name]) if name in data else None
