"""The fields of a request for a stream URL of Amazon GameLift Streams."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from greenroom.domain.wire import WHOLE, Rule, seconds_rule
from greenroom.providers.fields import ProviderFields

# The service has no default. An hour is time enough for a person to find the message, and short for a secret.
DEFAULT_EXPIRATION_SECONDS = 3600
# 1,440 minutes, and 50 uses: https://docs.aws.amazon.com/gameliftstreams/latest/developerguide/other-limitations.html
MAX_EXPIRATION_SECONDS = 86_400

# By the service's model, `gameliftstreams/2018-05-10/service-2.json`, which takes an id or an ARN of 128 characters.
Identifier = Annotated[
    str,
    StringConstraints(
        pattern=r"^([a-zA-Z0-9-]+|arn:aws:gameliftstreams:[!-9;-~]*:[0-9]{12}:[!-9;-~]*)$", min_length=1, max_length=128
    ),
    Rule("must be an id of letters, digits and hyphens, or an ARN, of at most 128 characters"),
]
Location = Annotated[
    str,
    StringConstraints(pattern=r"^[a-zA-Z0-9-]{1,20}$"),
    Rule("must be a list of locations such as us-east-1"),
]


class GameLiftStreamsFields(ProviderFields):
    IDENTIFYING: ClassVar[tuple[str, ...]] = ("stream_group_id", "application_id")
    POOL: ClassVar[tuple[str, ...]] = ("stream_group_id", "application_id")

    provider: Literal["gameliftstreams"]
    stream_group_id: Identifier
    application_id: Identifier
    locations: (
        Annotated[
            list[Location],
            Field(min_length=1, max_length=100, description="In order of preference; all of the group's without it"),
            Rule("must be a list of locations such as us-east-1"),
        ]
        | None
    ) = None
    usage_limit: Annotated[
        int,
        Field(ge=1, le=50, description="How often the URL may start a session; a reload is one more"),
        WHOLE,
        Rule("must be a whole number from 1 to 50"),
    ] = 1
    expiration_in_seconds: Annotated[
        int,
        Field(ge=60, le=MAX_EXPIRATION_SECONDS, description="Rounded up to whole minutes"),
        WHOLE,
        seconds_rule(60, MAX_EXPIRATION_SECONDS),
    ] = DEFAULT_EXPIRATION_SECONDS

    @property
    def connect_seconds(self) -> int:
        """The URL's time counts from its creation, so that it may be over sooner than an hour after it was ready."""
        return min(super().connect_seconds, self.expiration_in_seconds)


FIELDS = GameLiftStreamsFields
