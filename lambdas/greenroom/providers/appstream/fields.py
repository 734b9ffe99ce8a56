"""The fields of a request for a stream of Amazon WorkSpaces Applications (AppStream 2.0)."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from greenroom.domain.wire import WHOLE, Rule, seconds_rule
from greenroom.providers.fields import ProviderFields

# https://docs.aws.amazon.com/appstream2/latest/APIReference/API_CreateStreamingURL.html; its default is a minute.
DEFAULT_EXPIRATION_SECONDS = 60
MAX_EXPIRATION_SECONDS = 604_800

Name = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,100}$"),
    Rule("must be 1 to 101 letters, digits, underscores, dots or hyphens, and begin with a letter or a digit"),
]
UserId = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9_+=,.@-]{2,32}$"),
    Rule("must be 2 to 32 letters, digits or characters of _+=,.@-"),
]
# The service names no maximum. Ours keeps the URL within bounds, which the session context becomes part of.
Text = Annotated[str, StringConstraints(min_length=1, max_length=1000), Rule("must be 1 to 1000 characters")]


class AppStreamFields(ProviderFields):
    IDENTIFYING: ClassVar[tuple[str, ...]] = ("stack_name", "fleet_name", "user_id")
    POOL: ClassVar[tuple[str, ...]] = ("fleet_name",)
    STARTS: ClassVar[tuple[str, ...]] = ("fleet_name",)

    provider: Literal["appstream"]
    stack_name: Name
    fleet_name: Name
    user_id: UserId
    application_id: Annotated[
        Text | None, Field(description="The application to open, or `Desktop`; the catalogue without it")
    ] = None
    session_context: Annotated[
        Text | None, Field(description="Parameters for the application, which the user can see in the URL")
    ] = None
    start_fleet: Annotated[bool, Field(description="Start the fleet if it is STOPPED, and wait for it")] = False
    expiration_in_seconds: Annotated[
        int, Field(ge=1, le=MAX_EXPIRATION_SECONDS), WHOLE, seconds_rule(1, MAX_EXPIRATION_SECONDS)
    ] = DEFAULT_EXPIRATION_SECONDS


FIELDS = AppStreamFields
