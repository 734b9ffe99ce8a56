"""The answers of a Session Manager broker, as far as Greenroom reads them: the broker's `dcv-session-manager-api.yaml`.

That document makes every member optional. Here those are required without which an answer says nothing.
"""

from __future__ import annotations

from greenroom.providers.bodies import AwsBody, Text


class Endpoint(AwsBody, frozen=True):
    port: int | None = None
    protocol: str | None = None
    web_url_path: str | None = None


class Server(AwsBody, frozen=True):
    """`port` is a text, or a number, and deprecated: brokers of 2022 and later tell the ports under `endpoints`."""

    ip: str | None = None
    hostname: str | None = None
    port: str | int | None = None
    web_url_path: str | None = None
    endpoints: list[Endpoint] | None = None


class Session(AwsBody, frozen=True):
    id: Text
    state: Text
    name: str | None = None
    owner: str | None = None
    type: str | None = None
    substate: str | None = None
    state_reason: str | None = None
    creation_time: str | int | float | None = None
    server: Server | None = None

    @property
    def is_ending(self) -> bool:
        return self.state in {"DELETING", "DELETED"}


class DescribeSessions(AwsBody, frozen=True):
    sessions: list[Session] | None = None
    next_token: str | None = None


class Unsuccessful(AwsBody, frozen=True):
    session_id: str | None = None
    failure_reason: str | None = None


class CreateSessions(AwsBody, frozen=True):
    successful_list: list[Session] | None = None
    unsuccessful_list: list[Unsuccessful] | None = None


class DeleteSessions(AwsBody, frozen=True):
    unsuccessful_list: list[Unsuccessful] | None = None


class SessionConnectionData(AwsBody, frozen=True):
    session: Session
    connection_token: str | None = None
