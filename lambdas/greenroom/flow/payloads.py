"""The inputs and results of the tasks. Their keys are the ones that the ASL names."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field, SerializeAsAny, field_validator, model_validator

from greenroom.domain.errors import own_error
from greenroom.domain.values import Progress, Status
from greenroom.flow.payload import Payload
from greenroom.flow.schedule import Schedule
from greenroom.providers.catalogue import fields_of
from greenroom.providers.fields import ProviderFields


class _ById(Payload):
    """A payload that names its request by `id`."""

    id: str

    @property
    def request_id(self) -> str:
        return self.id


class Submission(_ById):
    """The input of AcceptRequest: the execution's name and its input, not yet looked at."""

    request: Any = None

    @property
    def renews(self) -> str | None:
        """The id of the request to renew, where the input is not a request but Greenroom's own `{"renew": id}`."""
        request = self.request
        return str(request["renew"]) if isinstance(request, dict) and set(request) == {"renew"} else None


class Work(Payload):
    """An accepted request, as every task gets it. `renewal`: it was ready once, and asks for a fresh stream."""

    id: str
    fields: SerializeAsAny[ProviderFields]
    deadline_at: datetime
    schedule: Schedule
    renewal: bool = False

    @field_validator("fields", mode="before")
    @classmethod
    def _of_their_provider(cls, value: Any) -> Any:
        return fields_of(value["provider"]).model_validate(value) if isinstance(value, dict) else value


class Task(Payload):
    """The input of the tasks that talk to the service. `clientToken` is the same on every attempt.

    `createdAt` is when the stream was created, `readyAt` when it was seen ready.
    """

    request: Work
    client_token: str = Field(default="", max_length=64)
    stream_id: str = ""
    created_at: datetime | None = None
    ready_at: datetime | None = None

    @property
    def request_id(self) -> str:
        return self.request.id


class ProgressResult(Payload):
    """The result of those tasks; a Choice state decides on `status`. The service's whole answer is in the record."""

    status: Status
    stream_id: str = ""
    state: str | None = None
    status_code: str | None = None
    detail: str | None = None

    @classmethod
    def of(cls, progress: Progress) -> ProgressResult:
        return cls(
            status=progress.status,
            stream_id=progress.stream_id or "",
            state=progress.state,
            status_code=progress.status_code,
            detail=progress.detail,
        )


class ConnectResult(Payload):
    """The result of ConnectStream: when the URL expires, and nothing else of it."""

    expires_at: datetime


class ReadyOutcome(_ById):
    """The input of RecordReady: the request, its stream, and when the URL expires."""

    stream_id: str
    expires_at: datetime
    renewal: bool = False


class CaughtError(_ById):
    """An error as a state of the ASL catches or makes it: `Error` and `Cause`, in the service's own words if it can."""

    error: str = Field(alias="Error")
    message: str = Field(default="", alias="Cause")

    @model_validator(mode="before")
    @classmethod
    def _in_its_own_words(cls, data: Any) -> Any:
        if isinstance(data, dict) and "Error" in data:
            error, message = own_error(data["Error"], data.get("Cause", ""))
            return {**data, "Error": error, "Cause": message}
        return data


class FailureOutcome(CaughtError):
    """The input of RecordFailure: the error, with the last progress that was made."""

    renewal: bool = False
    progress: ProgressResult | None = None


class Rejection(CaughtError):
    """The input of RejectRequest: a request as it came, and the error that it makes."""

    request: Any = None

    @classmethod
    def of(cls, request_id: str, request: Any, error: Exception) -> Rejection:
        return cls(id=request_id, request=request, error=type(error).__name__, message=str(error))


class RecordResult(Payload):
    """The result of the recording tasks: whether this call ended the request, and the error to fail the flow with."""

    recorded: bool
    error: str | None = Field(default=None, alias="Error")
    cause: str | None = Field(default=None, alias="Cause")
