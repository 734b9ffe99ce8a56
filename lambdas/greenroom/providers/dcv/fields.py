"""The fields of a request for a session of Amazon DCV, made by a Session Manager broker."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field, StringConstraints, ValidationInfo, field_validator
from pydantic.config import JsonDict

from greenroom.domain.wire import Rule
from greenroom.providers.fields import ProviderFields

# A user of the DCV servers, of Linux or Windows: neither has a slash in a name.
Owner = Annotated[
    str,
    StringConstraints(
        pattern=r"^[^\s./\x00-\x1f\x7f-\x9f\ufeff]([^/\x00-\x1f\x7f-\x9f\ufeff]{0,254}[^\s/\x00-\x1f\x7f-\x9f\ufeff])?$",
    ),
    Rule(r"must be the name of a user of the DCV servers, such as ada or STUDIO\ada, of at most 256 characters"),
]
SessionId = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,128}$"),
    Rule("must be the id of a session: 1 to 128 letters, digits, hyphens or underscores"),
]
Requirements = Annotated[
    str,
    StringConstraints(min_length=1, max_length=2000),
    Rule("must be an expression of the broker of 1 to 2000 characters, such as server:Host.Os.Family = 'linux'"),
]
SessionType = Annotated[Literal["VIRTUAL", "CONSOLE"], Rule("must be VIRTUAL or CONSOLE")]


_INSTEAD_OF_A_NEW_SESSION: JsonDict = {
    "if": {"properties": {"sessionId": {"type": "string"}}, "required": ["sessionId"]},
    "then": {"properties": {"sessionType": {"type": "null"}, "requirements": {"type": "null"}}},
}


class DcvFields(ProviderFields):
    """A session that Greenroom makes for its owner, or with `sessionId` one that exists.

    The broker decides how long the way into a session is open.
    """

    model_config = ConfigDict(json_schema_extra=_INSTEAD_OF_A_NEW_SESSION)
    IDENTIFYING: ClassVar[tuple[str, ...]] = ("owner",)

    provider: Literal["dcv"]
    owner: Owner
    session_type: Annotated[SessionType | None, Field(description="VIRTUAL, unless it says CONSOLE")] = None
    requirements: Annotated[Requirements | None, Field(description="Which servers will do")] = None
    session_id: Annotated[SessionId | None, Field(description="A session that exists, in place of a new one")] = None

    @field_validator("session_id")
    @classmethod
    def _instead_of_a_new_session(cls, session_id: str | None, info: ValidationInfo) -> str | None:
        """The fields before this one say what a new session would be."""
        if session_id is not None and (info.data.get("session_type") or info.data.get("requirements")):
            raise ValueError("cannot be given with sessionType or requirements, which are for a new session")
        return session_id


FIELDS = DcvFields
