"""The settings that a control call may ask for. Each is frozen and strict: unknown fields are refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator, ValidationInfo, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from local.simulator.core.faults import TRANSPORT_FAULTS

_YEAR = 365 * 24 * 3600


@dataclass(frozen=True)
class Names:
    """The names of one service that settings may use: the context that each is validated in."""

    operations: frozenset[str]
    errors: frozenset[str]


def _known_operation(name: str, info: ValidationInfo[Names]) -> str:
    if name not in info.context.operations:
        raise PydanticCustomError("operation", "must be an operation of the service model")
    return name


def _known_fault(name: str, info: ValidationInfo[Names]) -> str:
    known = info.context.errors | TRANSPORT_FAULTS
    if name not in known:
        raise PydanticCustomError("error", f"must be one of {', '.join(sorted(known))}")
    return name


def _call_number(value: object) -> int | str | None:
    if value is None or (isinstance(value, str) and value == "*"):
        return value
    if type(value) is int and value >= 1:
        return value
    raise PydanticCustomError("call", 'must be a whole number of 1 or more, or "*"')


def _url(value: object) -> bool | str:
    if isinstance(value, bool) or (isinstance(value, str) and (":" in value or "/" in value)):
        return value
    raise PydanticCustomError("url", "must be true, false, or the text of a URL")


Operation = Annotated[str, AfterValidator(_known_operation)]
Error = Annotated[str, AfterValidator(_known_fault)]
Name = Annotated[str, Field(min_length=1, max_length=128)]
Seconds = Annotated[float, Field(ge=0, le=_YEAR, allow_inf_nan=False)]


class Setting(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel,
        extra="forbid",
        frozen=True,
        strict=True,
        validate_by_name=True,
        validate_by_alias=True,
    )


class Fault(Setting):
    """Break some calls of one operation. Calls count from 1, for each key and operation, from the last PUT."""

    operation: Operation
    error: Error
    call: Annotated[int | str | None, PlainValidator(_call_number)] = None
    calls: tuple[Annotated[int, Field(ge=1)], ...] | None = None

    @model_validator(mode="after")
    def _names_its_calls_once(self) -> Self:
        if (self.call is None) == (self.calls is None):
            raise PydanticCustomError("calls", "must have either `call` or `calls`")
        return self

    def hits(self, number: int) -> bool:
        return self.call in {"*", number} or number in (self.calls or ())


class Behaviour(Setting):
    """The behaviour of the thing that a key names. Unset fields are the defaults of one that was never set.

    State names go out on the wire as they are, known to the service or not. A service adds settings, and defaults for
    its states, in a model of its own. `url`: whether a stream has one that the service made, or the text of another.
    """

    ready_after_seconds: Seconds | None = 3
    url: Annotated[bool | str, PlainValidator(_url)] = True
    faults: tuple[Fault, ...] = ()

    def url_in_place_of(self, made: str) -> str | None:
        """The URL that is shown where the service has made this one; None for none."""
        return (made if self.url is True else self.url) or None


class Limit(Setting):
    """A token bucket: `burst` calls at once, refilled at `rate_per_second`."""

    rate_per_second: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    burst: Annotated[int, Field(ge=1)]


class Outage(Setting):
    """Break every call of every operation in the next seconds; 0 ends an outage."""

    seconds: Seconds
    error: Error
