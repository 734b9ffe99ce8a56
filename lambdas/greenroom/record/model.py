"""The record of a request: what was asked, how far it is, how it ended. It never holds the URL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from greenroom.domain.values import Failure, Renewal, RequestState
from greenroom.request.notify_targets import NotifyTarget, WebSocketTarget
from greenroom.request.stream_request import StreamRequest


@dataclass(frozen=True)
class Record:
    """One request. `id` is the name of its execution; `stream` is the service's last answer, without the URL.

    `notify` and `claim` are the request's own, or the deployment's where it named none. `started`: the client token
    under which Greenroom started something for it that a release lets go. `expires_at` is when the URL stops working,
    once there is one. `delivered` holds the keys of the targets that have taken the outcome. `due_at` is since when the
    sweep may look at it: while it is pending, the moment after which no flow can be at work on it; then, the moment
    since which its outcome waits to be announced.
    """

    id: str
    request: StreamRequest
    created_at: datetime
    deadline_at: datetime
    notify: tuple[NotifyTarget, ...]
    claim: bool = False
    owner: str | None = None
    state: RequestState = RequestState.PENDING
    due_at: datetime | None = None
    stream_id: str | None = None
    started: str | None = None
    stream: Mapping[str, str] = field(default_factory=dict)
    expires_at: datetime | None = None
    settled_at: datetime | None = None
    failure: Failure | None = None
    delivered: frozenset[str] = frozenset()
    renewal: Renewal | None = None

    @property
    def watching_connections(self) -> list[str]:
        """The WebSocket connections that want to see progress."""
        return [target.connection_id for target in self.notify if isinstance(target, WebSocketTarget)]
