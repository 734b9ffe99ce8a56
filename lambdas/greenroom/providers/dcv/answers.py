"""The answers of a Session Manager broker, as far as Greenroom reads them: the broker's `dcv-session-manager-api.yaml`.

That document makes every member optional. Here those are required without which an answer says nothing.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_pascal


class _Answer(BaseModel):
    model_config = ConfigDict(alias_generator=to_pascal, coerce_numbers_to_str=True, frozen=True)


class Endpoint(_Answer):
    port: int | None = None
    protocol: str | None = None
    web_url_path: str | None = None


class Server(_Answer):
    """`port` is a text and deprecated: brokers of 2022 and later tell the ports under `endpoints`."""

    ip: str | None = None
    hostname: str | None = None
    port: str | None = None
    web_url_path: str | None = None
    endpoints: list[Endpoint] | None = None


class Session(_Answer):
    id: str = Field(min_length=1)
    state: str = Field(min_length=1)
    name: str | None = None
    owner: str | None = None
    type: str | None = None
    substate: str | None = None
    state_reason: str | None = None
    creation_time: str | None = None
    server: Server | None = None

    @property
    def is_ending(self) -> bool:
        return self.state in {"DELETING", "DELETED"}


class DescribeSessions(_Answer):
    sessions: list[Session] | None = None
    next_token: str | None = None


class Unsuccessful(_Answer):
    failure_reason: str | None = None


class CreateSessions(_Answer):
    successful_list: list[Session] | None = None
    unsuccessful_list: list[Unsuccessful] | None = None


class DeleteSessions(_Answer):
    unsuccessful_list: list[Unsuccessful] | None = None


class SessionConnectionData(_Answer):
    session: Session
    connection_token: str | None = Field(default=None, repr=False)
