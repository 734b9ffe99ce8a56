"""The settings that a control call may ask for. Each is frozen and strict: unknown fields are refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from local.simulator.faults import TRANSPORT_FAULTS
from local.simulator.protocol import ERRORS, OPERATIONS

_YEAR = 365 * 24 * 3600


def _known_operation(name: str) -> str:
    if name not in OPERATIONS:
        raise PydanticCustomError("operation", "must be an operation of the service model")
    return name


def _known_fault(name: str) -> str:
    if name not in ERRORS | TRANSPORT_FAULTS:
        raise PydanticCustomError("error", f"must be one of {', '.join(sorted(ERRORS | TRANSPORT_FAULTS))}")
    return name


def _call_number(value: object) -> int | str | None:
    if value is None or (isinstance(value, str) and value == "*"):
        return value
    if type(value) is int and value >= 1:
        return value
    raise PydanticCustomError("call", 'must be a whole number of 1 or more, or "*"')


Operation = Annotated[str, AfterValidator(_known_operation)]
Name = Annotated[str, Field(min_length=1, max_length=128)]
Seconds = Annotated[float, Field(ge=0, le=_YEAR, allow_inf_nan=False)]


class _Setting(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel,
        extra="forbid",
        frozen=True,
        strict=True,
        validate_by_name=True,
        validate_by_alias=True,
    )


class Fault(_Setting):
    """Break some calls of one operation. Calls count from 1, for each session and operation, from its last PUT."""

    operation: Operation
    error: Annotated[str, AfterValidator(_known_fault)]
    call: Annotated[int | str | None, PlainValidator(_call_number)] = None
    calls: tuple[Annotated[int, Field(ge=1)], ...] | None = None

    @model_validator(mode="after")
    def _names_its_calls_once(self) -> Self:
        if (self.call is None) == (self.calls is None):
            raise PydanticCustomError("calls", "must have either `call` or `calls`")
        return self

    def hits(self, number: int) -> bool:
        return self.call in {"*", number} or number in (self.calls or ())


class Behaviour(_Setting):
    """The behaviour of a session and its streams. Unset fields are the defaults of a session that was never set.

    State names go out on the wire as they are, known to the model or not. `session_status_code` and
    `session_status_message` go with `start_final_state` where that is set, otherwise with `session_state`.
    """

    session_state: Name = "READY"
    session_status_code: Name | None = None
    session_status_message: str | None = None
    start_after_seconds: Seconds = 1
    start_final_state: Name | None = None
    stop_after_seconds: Seconds = 1
    ready_after_seconds: Seconds | None = 3
    final_state: Name = "READY"
    status_code: Name | None = None
    url: bool = True
    faults: tuple[Fault, ...] = ()

    @property
    def start_after(self) -> timedelta:
        return timedelta(seconds=self.start_after_seconds)

    @property
    def stop_after(self) -> timedelta:
        return timedelta(seconds=self.stop_after_seconds)


class Limit(_Setting):
    """A token bucket: `burst` calls at once, refilled at `rate_per_second`."""

    rate_per_second: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    burst: Annotated[int, Field(ge=1)]
