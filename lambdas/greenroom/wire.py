"""What every JSON that leaves Greenroom has in common. docs/api and docs/events are generated from these models."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, PlainSerializer, WithJsonSchema
from pydantic.alias_generators import to_camel

from greenroom.domain import to_iso

# In UTC to the second, with `Z`.
Timestamp = Annotated[
    datetime, PlainSerializer(to_iso, return_type=str), WithJsonSchema({"type": "string", "format": "date-time"})
]


class Outgoing(BaseModel):
    """Names in camel case; what is None is left out."""

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
