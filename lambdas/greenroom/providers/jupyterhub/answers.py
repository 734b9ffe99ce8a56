"""The answers of a JupyterHub, as far as Greenroom reads them: https://jupyterhub.readthedocs.io/en/stable/reference/rest-api.html."""

from __future__ import annotations

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class Server(_Answer):
    """`pending` is what the hub is doing with it: spawn, stop, check or rename; it is not ready then."""

    ready: bool
    pending: str | None = None
    started: str | None = None
    url: str = Field(pattern="^(/|https?://)")
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


class User(_Answer):
    """`servers` is missing where the token may not see them."""

    servers: dict[str, Server] | None = None


class Token(_Answer):
    id: str = Field(min_length=1)
    note: str | None = None


class Tokens(_Answer):
    api_tokens: list[Token]


class NewToken(_Answer):
    token: str = Field(min_length=1, repr=False)
    expires_at: AwareDatetime | None = None


class Event(_Answer):
    """The last event of a start's progress."""

    message: str | None = None
