"""The fields of a request for a stream of Amazon Nimble Studio."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from greenroom.domain.wire import WHOLE, Rule, seconds_rule
from greenroom.providers.fields import ProviderFields

# The service takes 60 to 3600, and 120 when it is not told: `nimble/2020-08-01/service-2.json`.
DEFAULT_EXPIRATION_SECONDS = 120

Identifier = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$"),
    Rule("must be 1 to 64 letters, digits, hyphens or underscores"),
]


class NimbleFields(ProviderFields):
    IDENTIFYING: ClassVar[tuple[str, ...]] = ("studio_id", "session_id")
    POOL: ClassVar[tuple[str, ...]] = ("studio_id",)
    STARTS: ClassVar[tuple[str, ...]] = ("studio_id", "session_id")

    provider: Literal["nimble"]
    studio_id: Identifier
    session_id: Identifier
    expiration_in_seconds: Annotated[int, Field(ge=60, le=3600), WHOLE, seconds_rule(60, 3600)] = (
        DEFAULT_EXPIRATION_SECONDS
    )

    @property
    def connect_seconds(self) -> int:
        """The stream's own time: its URL counts from the moment at which the stream is ready."""
        return self.expiration_in_seconds


FIELDS = NimbleFields
