"""The fields of a request for a desk."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from greenroom.domain.wire import WHOLE, Rule, seconds_rule
from greenroom.providers.fields import ProviderFields

User = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z][a-z0-9.-]{0,31}$"),
    Rule("must be the name of a user of Acme, such as ada"),
]


class AcmeFields(ProviderFields):
    """Whose desk it is, and for how long its URL works."""

    IDENTIFYING: ClassVar[tuple[str, ...]] = ("user",)

    provider: Literal["acme"]
    user: User
    expiration_in_seconds: Annotated[int, Field(ge=60, le=3600), WHOLE, seconds_rule(60, 3600)] = 300

    @property
    def connect_seconds(self) -> int:
        """Acme removes a desk that nobody has opened ten minutes after it runs."""
        return 600


FIELDS = AcmeFields
