"""The inputs and results of the tasks, as JSON. Their keys are the ones that the ASL names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from greenroom.domain.errors import FieldError, InvalidRequest, own_error
from greenroom.domain.text import camel_case
from greenroom.domain.values import Progress, Status, from_iso, time_at
from greenroom.flow.pacing.lanes import NOBODYS
from greenroom.providers.accepted import AcceptedFields


@dataclass(frozen=True)
class Payload:
    """Names in camel case, as the ASL writes them; what is None is left out, times are ISO 8601.

    Only our own state machine writes them, so they are read as they are. Models that check would load pydantic, on
    which a function that starts would spend a third of its time.
    """

    def dump(self) -> dict[str, Any]:
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        return {camel_case(name): _plain(value) for name, value in given.items() if value is not None}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return value.dump() if hasattr(value, "dump") else value


@dataclass(frozen=True)
class Submission:
    """The input of AcceptRequest: the execution's name and its input, not yet looked at."""

    id: str
    request: Any = None

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> Submission:
        return cls(data["id"], data.get("request"))

    @property
    def request_id(self) -> str:
        return self.id

    @property
    def renews(self) -> str | None:
        """The id of the request to renew, where the input is not a request but Greenroom's own `{"renew": id}`."""
        request = self.request
        return str(request["renew"]) if isinstance(request, dict) and set(request) == {"renew"} else None


@dataclass(frozen=True)
class Work(Payload):
    """An accepted request, as every task gets it.

    `looks`: when the tasks look, by what is waited for, in seconds since the wait began.
    `connect_seconds`: for how long the URL of a ready stream is asked for. `renewal`: it was ready once, and asks for a
    fresh stream. `shared`: what may be started for it and for other requests too, if anything. `lane`: whom it takes
    turns with; executions of the release before say nothing of it.
    """

    id: str
    fields: AcceptedFields
    deadline_at: datetime
    connect_seconds: int
    looks: Mapping[str, list[int]]
    renewal: bool = False
    shared: str | None = None
    lane: str = NOBODYS

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> Work:
        return cls(
            id=data["id"],
            fields=AcceptedFields(data["fields"]),
            deadline_at=from_iso(data["deadlineAt"]),
            connect_seconds=data["connectSeconds"],
            looks=data["looks"],
            renewal=data["renewal"],
            shared=data.get("shared"),
            lane=data.get("lane", NOBODYS),
        )


@dataclass(frozen=True)
class ProgressReport(Payload):
    """The result of the tasks that talk to the service, which each of them gets back from the one before.

    A Choice state decides on `status`, on `stream_id`, which is empty until there is one, and on `expires_at`, when the
    URL that was locked away ends. `wait`: the task is called again after so many seconds, at the next planned look, or
    at its turn, or because the service does not answer, `unanswered_since` a moment; `ticket` and `queued_at` are its
    place in the queue, and `turns` counts how often it was not its turn. `since`: when the present wait began;
    `waited`: the whole seconds after that at which it was looked at in vain, the last time. `ready_at`: when GetStream
    saw the stream ready. `creating`: the attempt to create that has ended without an id; `forgotten`: how often what
    was created was forgotten, and is created again. `noted`: what `waited` was when the record was told of it the last
    time, and `unnoted` how many looks there were since. `prepared`: what the stream runs on was seen ready. The
    service's whole answer is in the record.
    """

    status: Status
    stream_id: str = ""
    state: str | None = None
    status_code: str | None = None
    detail: str | None = None
    wait: int = 0
    ticket: str = ""
    turns: int = 0
    queued_at: datetime | None = None
    since: datetime | None = None
    waited: int = 0
    ready_at: datetime | None = None
    expires_at: datetime | None = None
    unanswered_since: datetime | None = None
    creating: str | None = None
    forgotten: int = 0
    noted: int = 0
    unnoted: int = 0
    prepared: bool = False

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> ProgressReport:
        return cls(
            status=Status(data["status"]),
            stream_id=data.get("streamId", ""),
            state=data.get("state"),
            status_code=data.get("statusCode"),
            detail=data.get("detail"),
            wait=data["wait"],
            ticket=data.get("ticket", ""),
            turns=data.get("turns", 0),
            queued_at=time_at(data, "queuedAt"),
            since=time_at(data, "since"),
            waited=data["waited"],
            ready_at=time_at(data, "readyAt"),
            expires_at=time_at(data, "expiresAt"),
            unanswered_since=time_at(data, "unansweredSince"),
            creating=data.get("creating"),
            forgotten=data.get("forgotten", 0),
            noted=data.get("noted", 0),
            unnoted=data.get("unnoted", 0),
            prepared=data.get("prepared", False),
        )

    @classmethod
    def of(cls, progress: Progress, **more: Any) -> ProgressReport:
        return cls(
            progress.status,
            progress.stream_id or "",
            progress.state,
            progress.status_code,
            progress.detail,
            **more,
        )


@dataclass(frozen=True)
class Task:
    """The input of those tasks. `client_token` is the same on every attempt; `arrived_at`: when the execution began.

    `create`: whether PrepareSession may ask for the stream too, as it may not in the definition of 0.1.0.
    """

    request: Work
    client_token: str
    arrived_at: datetime
    progress: ProgressReport
    create: bool = False

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> Task:
        return cls(
            request=Work.load(data["request"]),
            client_token=data["clientToken"],
            arrived_at=from_iso(data["arrivedAt"]),
            progress=ProgressReport.load(data["progress"]),
            create=data.get("create", False),
        )

    @property
    def request_id(self) -> str:
        return self.request.id


@dataclass(frozen=True)
class FailureOutcome:
    """The input of RecordFailure: the error that a state caught or made, and the last progress before it."""

    id: str
    error: str
    message: str
    progress: ProgressReport
    renewal: bool = False

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> FailureOutcome:
        error, message = own_error(data["Error"], data.get("Cause", ""))
        return cls(data["id"], error, message, ProgressReport.load(data["progress"]), data["renewal"])

    @property
    def request_id(self) -> str:
        return self.id


@dataclass(frozen=True)
class Rejection:
    """The input of RejectRequest: a request as it came, and the error that it makes.

    `errors`: the broken rules, where they are known. `execution`: the ARN of the one that has the input, where the
    request is not to be had.
    """

    id: str
    error: str
    message: str
    request: Any = None
    errors: tuple[FieldError, ...] | None = None
    execution: str | None = None

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> Rejection:
        error, message = own_error(data["Error"], data.get("Cause", ""))
        return cls(data["id"], error, message, data.get("request"))

    @classmethod
    def of(cls, request_id: str, request: Any, error: InvalidRequest, execution: str | None = None) -> Rejection:
        return cls(request_id, type(error).__name__, str(error), request, error.errors, execution)

    @property
    def request_id(self) -> str:
        return self.id


@dataclass(frozen=True)
class FailureResult(Payload):
    """The result of RecordFailure: whether this call ended the request, and the error to fail the flow with."""

    recorded: bool
    error: str
    cause: str

    def dump(self) -> dict[str, Any]:
        return {"recorded": self.recorded, "Error": self.error, "Cause": self.cause}
