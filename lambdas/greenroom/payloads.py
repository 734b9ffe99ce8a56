"""The JSON that travels between the state machine and its tasks. The keys are the ones that the ASL names."""

from __future__ import annotations

import json
import math
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic.alias_generators import to_camel

from greenroom.domain import Progress, SessionRef, Status

# An execution's history ends at 25,000 events, and a look (Wait, Task, Choice) costs nine; the rest is for retries.
MAX_LOOKS = 1_500


def message_of(cause: str) -> str:
    """Lambda wraps an exception in JSON; its `errorMessage` is the part for people."""
    try:
        wrapped = json.loads(cause)
    except ValueError:
        return cause
    return str(wrapped["errorMessage"]) if isinstance(wrapped, dict) and "errorMessage" in wrapped else cause


class _Payload(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, frozen=True, validate_by_name=True, validate_by_alias=True)

    def dump(self) -> dict[str, Any]:
        return self.model_dump(by_alias=True, mode="json", exclude_none=True)


class Submission(_Payload):
    """What AcceptRequest gets: the execution's name and its input, not yet looked at."""

    id: str
    request: Any = None

    @property
    def renews(self) -> str | None:
        """The id of the request to renew, where the input is not a request but Greenroom's own `{"renew": id}`."""
        request = self.request
        return str(request["renew"]) if isinstance(request, dict) and set(request) == {"renew"} else None


class Refusal(_Payload):
    """What RejectRequest gets: a request as it came, and the error that speaks against it."""

    id: str
    request: Any = None
    error: str = Field(alias="Error")
    message: str = Field(default="", alias="Cause")

    _unwrap = field_validator("message")(message_of)

    @classmethod
    def of(cls, request_id: str, request: Any, error: Exception) -> Refusal:
        return cls(id=request_id, request=request, error=type(error).__name__, message=str(error))


class Schedule(_Payload):
    """How long to pause between two looks, in seconds: `first`, then `backoffRate` times more, up to `max`."""

    first: int
    backoff_rate: float
    max: int

    def within_history(self, deadline_seconds: float) -> Schedule:
        """The schedule for a wait that may take so long: its longest pause is stretched if there would be too many."""
        return self.model_copy(update={"max": max(self.max, math.ceil(deadline_seconds / MAX_LOOKS))})

    def seconds_until_next_look(self, elapsed: float) -> int:
        """How long until a request that is so many seconds old is looked at again; at least 1."""
        pause, due = float(self.first), float(self.first)
        while due <= elapsed:
            pause = min(pause * self.backoff_rate, self.max)
            due += pause
        return max(1, math.ceil(due - elapsed))


class Work(_Payload):
    """An accepted request, as every task gets it. `renewal`: it was ready once, and asks for a fresh stream."""

    id: str
    studio_id: str
    session_id: str
    expiration_in_seconds: int
    deadline_at: datetime
    schedule: Schedule
    renewal: bool = False

    @property
    def session(self) -> SessionRef:
        return SessionRef(self.studio_id, self.session_id)


class Task(_Payload):
    """The input of the tasks that talk to the service. `clientToken` is the same on every attempt."""

    request: Work
    client_token: str = Field(default="", max_length=64)
    stream_id: str = ""


class Report(_Payload):
    """What those tasks answer; a Choice state decides on `status`."""

    status: Status
    stream_id: str = ""
    state: str | None = None
    status_code: str | None = None
    detail: str | None = None

    @classmethod
    def of(cls, progress: Progress) -> Report:
        return cls(
            status=progress.status,
            stream_id=progress.stream_id or "",
            state=progress.state,
            status_code=progress.status_code,
            detail=progress.detail,
        )


class Success(_Payload):
    """The input of PublishReady: the request, its stream, and when the URL expires."""

    id: str
    stream_id: str
    expires_at: datetime
    renewal: bool = False


class FailureNotice(_Payload):
    """The input of PublishFailure: the error that a state caught, or that a Choice made, with the last report."""

    id: str
    renewal: bool = False
    error: str = Field(alias="Error")
    message: str = Field(default="", alias="Cause")
    report: Report | None = None

    _unwrap = field_validator("message")(message_of)
