"""The rules of all JSON that comes to Greenroom and leaves it; docs/api and docs/events are generated from models."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema
from pydantic.alias_generators import to_camel
from pydantic.fields import FieldInfo

from greenroom.domain.values import to_iso

# In UTC to the second, with `Z`.
Timestamp = Annotated[
    datetime, PlainSerializer(to_iso, return_type=str), WithJsonSchema({"type": "string", "format": "date-time"})
]


@dataclass(frozen=True)
class Rule:
    """The rule of a field, in words for people: `Annotated[int, …, Rule("must be …")]`."""

    text: str


def rule_of(field: FieldInfo) -> str | None:
    """Return the rule of a field, or None. An optional field or a list may have it at the inner type."""
    inner = [data for part in get_args(field.annotation) for data in getattr(part, "__metadata__", ())]
    return next((data.text for data in (*field.metadata, *inner) if isinstance(data, Rule)), None)


def seconds_rule(low: int, high: int) -> Rule:
    return Rule(f"must be a whole number of seconds from {low} to {high}")


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


# For an int, after its limits: 120.0 is the integer 120, as in JSON Schema, "any number with a zero fractional part".
WHOLE = BeforeValidator(_whole)


class Incoming(BaseModel):
    """JSON that a caller sends: names in camel case, values of the right JSON type, no unknown field."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True, strict=True)


class Outgoing(BaseModel):
    """JSON that Greenroom sends: names in camel case; what is None is left out."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        defer_build=True,  # most functions load these models and send none of them
        extra="forbid",
        frozen=True,
        validate_by_name=True,
        validate_by_alias=True,
    )

    def dump(self) -> dict[str, Any]:
        return self.model_dump(by_alias=True, mode="json", exclude_none=True)


class WaitingRoomLink(Outgoing):
    """A link to the waiting room: a bearer secret for one person, about one request."""

    url: str
    expires_at: Annotated[Timestamp, Field(description="The page says nothing more of the request after that")]
