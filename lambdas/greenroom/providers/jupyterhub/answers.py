"""The answers of a JupyterHub, as far as Greenroom reads them: https://jupyterhub.readthedocs.io/en/stable/reference/rest-api.html."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from greenroom.providers.bodies import Body, Moment, Text


class Server(Body, frozen=True):
    """`pending` is what the hub is doing with it: spawn, stop, check or rename; it is not ready then."""

    ready: bool
    url: Annotated[str, Meta(pattern="^(/|https?://)")]
    pending: str | None = None
    started: str | None = None
    full_url: str | None = None

    @property
    def state(self) -> str:
        return self.pending or ("ready" if self.ready else "stopped")

    @property
    def is_stopped(self) -> bool:
        return not self.ready and not self.pending

    @property
    def is_in_between(self) -> bool:
        """Whether the hub is doing something that has to end before the server can be started."""
        return self.pending not in {None, "spawn"}


class User(Body, frozen=True):
    """`servers` is missing where the token may not see them."""

    servers: dict[str, Server] | None = None


class Token(Body, frozen=True):
    id: Text
    note: str | None = None


class Tokens(Body, frozen=True):
    api_tokens: list[Token]


class NewToken(Body, frozen=True):
    token: Text
    expires_at: Moment | None = None


class Event(Body, frozen=True):
    """The last event of a start's progress."""

    message: str | None = None
