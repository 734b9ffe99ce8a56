"""The bodies of the broker's calls. An unknown member is refused, so that a misspelt one is not overlooked."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from pydantic.alias_generators import to_pascal

Text = Annotated[str, Field(min_length=1)]


class _Body(BaseModel):
    model_config = ConfigDict(alias_generator=to_pascal, extra="forbid", frozen=True, strict=True)


class Filter(_Body):
    key: Text
    value: str


class DescribeSessions(_Body):
    session_ids: list[Text] | None = None
    filters: list[Filter] = Field(default_factory=list)
    max_results: Annotated[int, Field(ge=1, le=1000)] = 1000
    next_token: Annotated[str, Field(pattern=r"^\d{1,6}$")] = "0"  # noqa: S105  # a place in a list


class CreateSession(_Body):
    name: Annotated[str, Field(min_length=1, max_length=255)]
    owner: Text
    type: Literal["CONSOLE", "VIRTUAL"]
    requirements: Annotated[str | None, Field(min_length=1)] = None
    enqueue_request: bool = False


class DeleteSession(_Body):
    session_id: Text
    owner: Text
    force: bool = False


DESCRIBE = TypeAdapter(DescribeSessions)
CREATE = TypeAdapter(list[CreateSession])
DELETE = TypeAdapter(list[DeleteSession])
