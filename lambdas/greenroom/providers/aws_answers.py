"""The base of the answers of AWS services that a plug reads by a model."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_pascal


class Nothing(BaseModel):
    """An answer without members, and the base of those that have some."""

    model_config = ConfigDict(alias_generator=to_pascal, frozen=True)


Answer = TypeVar("Answer", bound=Nothing)
