"""The message that announces an outcome, of a request or of a batch, and the deliveries that carry it.

`announcements.py` has the models of this JSON, from which its schemas in the documentation are made. A test holds each
kind of message against them; to load them here would cost the function that announces a third of its start.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from greenroom.domain.errors import DeliveryRefused, UrlExpired
from greenroom.domain.values import Failure, RequestState, StreamUrl, seconds_until, to_iso
from greenroom.record.links import Link
from greenroom.record.model import Record, Target
from greenroom.request.callback_hosts import host_of

BUS_TARGET = {"type": "bus"}
SNS_TARGET = {"type": "sns"}

READY = "stream.ready"
# The mark of a delivery whose message is bound to its target.
_BINDING, _BOUND = "binding", 1
_SECRETS = {"url", "waitingRoom"}
# What a target of each kind is found by.
_ADDRESSES: dict[str, tuple[str, ...]] = {"bus": (), "sns": (), "webhook": ("url",), "websocket": ("connectionId",)}
DETAIL_TYPES = {
    "stream.ready": "Stream Ready",
    "stream.failed": "Stream Failed",
    "stream.timed_out": "Stream Timed Out",
    "stream.cancelled": "Stream Cancelled",
    "batch.finished": "Batch Finished",
    "batch.cancelled": "Batch Cancelled",
}


@dataclass(frozen=True)
class Message:
    """`type` is `stream.` or `batch.` and the outcome.

    `data` holds the URL only when a stream is ready and not yet expired.
    `waits_since`: when the outcome came about, where this message is the first to tell of it. `bound`: its id is its
    target's own, so that what one receiver got is nothing to another.
    """

    type: str
    timestamp: str
    data: Mapping[str, Any]
    waits_since: datetime | None = field(default=None, compare=False)
    bound: bool = field(default=True, compare=False)

    def id_at(self, url: str) -> str:
        """Return the id for the receiver at a URL, which can compute it too.

        The same at each attempt, so that a receiver can tell a repeated message. Standard Webhooks wants no dots.
        """
        named = [self.data["id"], self.type, *([url] if self.bound else [])]
        return "msg_" + hashlib.sha256(".".join(named).encode()).hexdigest()[:32]

    @property
    def is_ready(self) -> bool:
        return self.type == READY

    @property
    def detail_type(self) -> str:
        return DETAIL_TYPES[self.type]

    def as_dict(self) -> dict[str, Any]:
        return {"type": self.type, "timestamp": self.timestamp, "data": dict(self.data)}

    def without_url(self) -> dict[str, Any]:
        """Return the message without what opens the stream: its URL, and the link to the waiting room."""
        return self.as_dict() | {"data": {key: value for key, value in self.data.items() if key not in _SECRETS}}


@dataclass(frozen=True)
class Delivery:
    """One outcome for one target. It names the request and holds no secret.

    `group`: whose deliveries wait together, where the queue sees to it that nobody's hold up those of others. `bound`:
    its message's id is bound to the target. It is not where the delivery was queued by the first release, so that its
    receiver knows a message that comes again.
    """

    id: str
    target: Mapping[str, Any]
    group: str = field(default="", compare=False, repr=False)
    bound: bool = field(default=True, compare=False)

    @property
    def key(self) -> str:
        """Tells the targets of one request apart: two targets with one key are the same target."""
        return ":".join(str(self.target[name]) for name in ("type", "url", "connectionId") if name in self.target)

    @classmethod
    def of(cls, body: Any) -> Delivery:
        """Read what `as_dict` wrote; a dead letter also says why it is one. DeliveryRefused if it is no delivery."""
        request_id, target = (body.get("id"), body.get("target")) if isinstance(body, dict) else (None, None)
        if not request_id or not isinstance(request_id, str) or not isinstance(target, dict):
            raise DeliveryRefused("The message is no delivery: it has no id or no target")
        kind = target.get("type")
        if not isinstance(kind, str) or kind not in _ADDRESSES:
            raise DeliveryRefused("The message is no delivery: nobody knows its type of target")
        if not all(isinstance(target.get(name), str) for name in _ADDRESSES[kind]):
            raise DeliveryRefused("The message is no delivery: its target has no address")
        return cls(request_id, target, bound=body.get(_BINDING) == _BOUND)

    def as_dict(self) -> dict[str, Any]:
        return {"id": self.id, "target": dict(self.target), **({_BINDING: _BOUND} if self.bound else {})}


def deliveries(record: Record) -> list[Delivery]:
    """Return a delivery to the bus, and one to each different target of the request that has not had it."""
    found = [Delivery(record.id, target, _group(record, target)) for target in (BUS_TARGET, *record.notify)]
    return list({delivery.key: delivery for delivery in found if delivery.key not in record.delivered}.values())


def _group(record: Record, target: Target) -> str:
    """Return the message group: a digest of the owner, or of the receiver if the request has no owner.

    The owner answers for the receivers that a request names. An owner with many slow hosts is one noisy neighbour, not
    many quiet ones. It is a digest because a group's name takes 128 characters, and an owner is an ARN.
    """
    name = record.owner or (host_of(target["url"]) if "url" in target else str(target["type"]))
    return hashlib.sha256(name.encode()).hexdigest()[:32]


def compose(record: Record, stream_url: StreamUrl | None, now: datetime, link: Link | None = None) -> Message:
    """Return the message for a request that has ended, as of `now`: it never has an expired URL.

    `link` leads to the waiting room, if the request asked for one.
    """
    settled_at = record.settled_at or now
    if record.state is not RequestState.READY:
        failure = record.failure or Failure("Unknown", f"The request ended as {record.state}")
        return _failure(record, f"stream.{record.state}", failure, settled_at)
    url = stream_url.url if stream_url and not record.claim else None
    left = seconds_until(record.expires_at, now) if record.expires_at and not record.expired else 0
    if left == 0 or not (url or record.claim):
        expired = Failure(UrlExpired.__name__, "The stream's URL expired before it could be handed over")
        return _failure(record, "stream.failed", expired, settled_at)
    data = {
        **_common(record),
        "state": "READY",
        "url": url,
        "expiresAt": record.expires_at,
        "secondsLeft": left,
        "waitingRoom": link.as_dict() if link else None,
    }
    return _message(record, READY, settled_at, data)


def tells_of_expiry(message: Message, record: Record) -> bool:
    """Return whether the message says that a ready stream's URL has expired, not that the stream is ready."""
    return record.state is RequestState.READY and not message.is_ready


def progress_frame(record: Record) -> dict[str, Any]:
    """Return the frame that a WebSocket client gets while it waits: the service's words, under their own type."""
    words = {"state": record.stream.get("state"), "statusCode": record.stream.get("statusCode")}
    return {"type": "stream.progress", "data": _said({"id": record.id, **words})}


def _failure(record: Record, kind: str, failure: Failure, at: datetime) -> Message:
    data = {
        **_common(record),
        "error": failure.error,
        "message": failure.message,
        "state": failure.state,
        "statusCode": failure.status_code,
    }
    return _message(record, kind, at, data)


def _common(record: Record) -> dict[str, Any]:
    named = {"id": record.id, "provider": record.provider, "batch": record.batch, "streamId": record.stream_id or None}
    return {**named, **record.identity}


def _message(record: Record, kind: str, at: datetime, data: Mapping[str, Any]) -> Message:
    waits_since = None if record.renewal else record.settled_at
    return Message(kind, to_iso(at), _said({**data, "metadata": record.metadata}), waits_since)


def _said(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that are not None; times are ISO 8601."""
    given = {name: value for name, value in data.items() if value is not None}
    return {name: to_iso(value) if isinstance(value, datetime) else value for name, value in given.items()}
