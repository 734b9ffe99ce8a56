"""The record of a request: what was asked, how far it is, how it ended. It never holds the URL."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from greenroom.domain.values import Failure, Renewal, RequestState, Wait, Waiting
from greenroom.providers.accepted import AcceptedFields

Target = Mapping[str, Any]
"""A target as a request names it: `{"type": "webhook", "url": "https://…"}`."""


def mark_of(target_key: str) -> str:
    """Return a short name for a target within its record; its key may be a URL of 2,048 letters."""
    return hashlib.sha256(target_key.encode()).hexdigest()[:16]


def an_offer(target_key: str, token: str) -> str:
    """Return the name of one try to tell a target that its stream is ready. `token`: the try's own."""
    return f"{mark_of(target_key)}#{token}"


class Open(StrEnum):
    """The work that is left for a request. The sweep does it if nobody else does in time.

    PENDING: end it. UNANNOUNCED: announce its outcome. RENEWING: end its renewal. RELEASING: stop its execution, and
    release what was started for it.
    """

    PENDING = "pending"
    UNANNOUNCED = "unannounced"
    RENEWING = "renewing"
    RELEASING = "releasing"


@dataclass(frozen=True)
class Started:
    """What was started for a request that got no stream, by client token, and the stream's id if known."""

    client_token: str
    stream_id: str | None


@dataclass(frozen=True)
class Record:
    """One request. `id` is the name of its execution; `stream` is the service's last answer, without the URL.

    What was asked is kept as it was accepted, and never checked again: `fields`, those of its provider; `identity`, the
    ones among them that messages repeat; `digest`, which tells whether a repeat asks for the same. `pool` says which
    streams take about as long, and `schedules` when those are looked at, as JSON by what is waited for.

    `notify` and `claim` are the request's own, or the deployment's where it named none. `waiting_room`: its message is
    to have a link for a person. `link_generation`: how often its links were revoked. `withdrawn`: nobody was ever given
    its id, so its end is nobody's to hear of. `shared` names what may be started for it and for other requests too, if
    anything. `started`: the client token under which
    something was, or may have been, started that a release lets go. `waits`: what the looks showed; `looks`: how many
    there were. `expires_at` is when the URL stops working, once there is one. `delivered` holds the keys of the targets
    that have taken the outcome. `open` is the work that is left, and `due_at` since when the sweep may do it: the
    moment after which no flow can be at work on it, or the moment since which it waits. `to_stop`: it was ended from
    outside, and its execution may still run. `late`: something was created for it that came to be after its end.
    `batch`: the id of the batch that it belongs to, if any. `fresh_stream_id` and `fresh_started` are those of its
    renewal, and `renewal_ended_at` is when that failed.

    `attempts`: how many were made at each target that has a queued delivery, by `mark_of`. `offers`: the tries to tell
    a target that the stream is ready, each by `an_offer`, which nobody knows to have failed. `expired`: a target may
    have heard that the URL has expired, so none may hear any more that the stream is ready.
    """

    id: str
    fields: AcceptedFields
    identity: Mapping[str, Any]
    pool: str
    digest: str
    created_at: datetime
    deadline_at: datetime
    connect_seconds: int
    schedules: Mapping[str, Any]
    notify: tuple[Target, ...]
    metadata: Mapping[str, Any] = field(default_factory=dict)
    claim: bool = False
    waiting_room: bool = False
    link_generation: int = 0
    release_on_failure: bool = False
    withdrawn: bool = False
    owner: str | None = None
    batch: str | None = None
    shared: str = ""
    state: RequestState = RequestState.PENDING
    open: Open | None = Open.PENDING
    due_at: datetime | None = None
    to_stop: bool = False
    late: bool = False
    stream_id: str | None = None
    started: str | None = None
    stream: Mapping[str, str] = field(default_factory=dict)
    waits: Mapping[Waiting, Wait] = field(default_factory=dict)
    looks: int = 0
    expires_at: datetime | None = None
    settled_at: datetime | None = None
    failure: Failure | None = None
    delivered: frozenset[str] = frozenset()
    renewal: Renewal | None = None
    renewal_ended_at: datetime | None = None
    attempts: Mapping[str, int] = field(default_factory=dict)
    offers: frozenset[str] = frozenset()
    expired: bool = False
    fresh_stream_id: str | None = None
    fresh_started: str | None = None

    @property
    def to_release(self) -> Started | None:
        """What a release has to stop for a request, or a renewal, that has ended without a stream."""
        if not self.release_on_failure:
            return None
        if self.renewal is Renewal.FAILED and self.fresh_started:
            return Started(self.fresh_started, self.fresh_stream_id)
        if self.state.is_terminal and self.state is not RequestState.READY and self.started:
            return Started(self.started, self.stream_id)
        return None

    @property
    def ended_at(self) -> datetime:
        """When the request, or its renewal, ended: since then, what was started for it is of no use."""
        return self.renewal_ended_at or self.settled_at or self.created_at

    @property
    def provider(self) -> str:
        return self.fields.provider

    @property
    def watching_connections(self) -> list[str]:
        """The WebSocket connections that want to see progress."""
        return [target["connectionId"] for target in self.notify if target["type"] == "websocket"]

    def attempts_at(self, target_key: str) -> int:
        return self.attempts.get(mark_of(target_key), 0)

    def may_have_reached(self, target_key: str) -> bool:
        """Return whether the target may have heard that the stream is ready."""
        return any(offer.startswith(an_offer(target_key, "")) for offer in self.offers)
