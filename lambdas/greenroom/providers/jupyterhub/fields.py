"""The fields of a request for a server of a JupyterHub."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from greenroom.domain.wire import WHOLE, Rule, seconds_rule
from greenroom.providers.fields import ProviderFields

DEFAULT_EXPIRATION_SECONDS = 3600

# A hub takes nearly every name. Without a slash, and a dot at its begin, it is one segment of a path whatever follows.
_NAME = r"[^\s./\x00-\x1f\x7f-\x9f\ufeff]([^/\x00-\x1f\x7f-\x9f\ufeff]{0,253}[^\s/\x00-\x1f\x7f-\x9f\ufeff])?"
# As the rest of a path: segments that begin with no dot, so that none leads up, and neither query nor fragment.
_SEGMENT = r"[^\s./\\?#\x00-\x1f\x7f-\x9f\ufeff][^/\\?#\x00-\x1f\x7f-\x9f\ufeff]*"

User = Annotated[
    str,
    StringConstraints(pattern=rf"^{_NAME}$"),
    Rule("must be the name of a user of the hub, of at most 255 characters without a slash"),
]
ServerName = Annotated[
    str,
    StringConstraints(pattern=rf"^({_NAME})?$"),
    Rule("must be the name of one of the user's servers, or of a new one, or empty for the default server"),
]
Path = Annotated[
    str,
    StringConstraints(pattern=rf"^{_SEGMENT}(/{_SEGMENT})*/?$", max_length=500),
    Rule("must be a path in the server, such as lab, desktop or lab/tree/my notes.ipynb, without ? and #"),
]


class JupyterHubFields(ProviderFields):
    """A user's default server, or the one with a name, and where in it the URL leads.

    `path` is plain text, not percent-encoded. After so many seconds, and five minutes at the most for which a server
    remembers a token, the URL lets nobody in, and who came in by it is out.
    """

    IDENTIFYING: ClassVar[tuple[str, ...]] = ("user", "server_name")
    STARTS: ClassVar[tuple[str, ...]] = ("user", "server_name")

    provider: Literal["jupyterhub"]
    user: User
    server_name: ServerName = ""
    path: Path = "lab"
    expiration_in_seconds: Annotated[int, Field(ge=60, le=86400), WHOLE, seconds_rule(60, 86400)] = (
        DEFAULT_EXPIRATION_SECONDS
    )


FIELDS = JupyterHubFields
