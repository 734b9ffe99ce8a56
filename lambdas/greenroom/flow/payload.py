"""The shape of all JSON that travels between the state machine and its tasks."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Payload(BaseModel):
    """Names in camel case, as the ASL writes them; what is None is left out."""

    model_config = ConfigDict(alias_generator=to_camel, frozen=True, validate_by_name=True, validate_by_alias=True)

    def dump(self) -> dict[str, Any]:
        return self.model_dump(by_alias=True, mode="json", exclude_none=True)
