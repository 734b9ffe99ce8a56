"""The inputs and results of the tasks, as JSON. Their keys are the ones that the ASL names."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self

import msgspec

from greenroom.domain.errors import FieldError, InvalidRequest, own_error
from greenroom.domain.values import Progress, Status
from greenroom.flow.pacing.lanes import NOBODYS
from greenroom.providers.accepted import AcceptedFields


class Payload(msgspec.Struct, frozen=True, rename="camel"):
    """Names in camel case, as the ASL writes them; times are ISO 8601.

    msgspec reads them and writes them, not pydantic, on which a function that starts would spend a third of its time.
    """

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> Self:
        """Return the payload that JSON has, where a whole number may be 5.0. Raise `msgspec.ValidationError`."""
        return msgspec.convert(data, cls, dec_hook=_accepted, strict=False)

    def dump(self) -> dict[str, Any]:
        """Return the payload as JSON has it. What is None is left out."""
        members = msgspec.to_builtins(self, enc_hook=AcceptedFields.dump)
        return {name: value for name, value in members.items() if value is not None}

    def replace(self, **changes: Any) -> Self:
        """Return the payload with other values, as `dataclasses.replace` does."""
        return msgspec.structs.replace(self, **changes)


def _accepted(_kind: type, values: Any) -> AcceptedFields:
    return AcceptedFields(values)


class TaskInput(Payload, frozen=True):
    """The input of a task about a request, or about a batch, whose id is `id`."""

    id: str

    @property
    def request_id(self) -> str:
        return self.id


class Submission(TaskInput, frozen=True):
    """The input of AcceptRequest: the execution's name and its input, not yet looked at."""

    request: Any = None

    @property
    def renews(self) -> str | None:
        """The id of the request to renew, where the input is not a request but Greenroom's own `{"renew": id}`."""
        request = self.request
        return str(request["renew"]) if isinstance(request, dict) and set(request) == {"renew"} else None


class Work(Payload, frozen=True):
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


class ProgressReport(Payload, frozen=True):
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
    def of(cls, progress: Progress, **more: Any) -> ProgressReport:
        return cls(
            progress.status,
            progress.stream_id or "",
            progress.state,
            progress.status_code,
            progress.detail,
            **more,
        )


class Task(Payload, frozen=True):
    """The input of those tasks. `client_token` is the same on every attempt; `arrived_at`: when the execution began.

    `create`: whether PrepareSession may ask for the stream too, as it may not in the definition of 0.1.0.
    """

    request: Work
    client_token: str
    arrived_at: datetime
    progress: ProgressReport
    create: bool = False

    @property
    def request_id(self) -> str:
        return self.request.id


class FailureOutcome(TaskInput, frozen=True):
    """The input of RecordFailure: the error that a state caught or made, and the last progress before it."""

    error: str
    message: str
    progress: ProgressReport
    renewal: bool = False

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> FailureOutcome:
        error, message = own_error(data["Error"], data.get("Cause", ""))
        return cls(data["id"], error, message, ProgressReport.load(data["progress"]), data["renewal"])


class Rejection(TaskInput, frozen=True):
    """The input of RejectRequest: a request as it came, and the error that it makes.

    `errors`: the broken rules, where they are known. `execution`: the ARN of the one that has the input, where the
    request is not to be had.
    """

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


class FailureResult(Payload, frozen=True):
    """The result of RecordFailure: whether this call ended the request, and the error to fail the flow with."""

    recorded: bool
    error: str = msgspec.field(name="Error")
    cause: str = msgspec.field(name="Cause")
