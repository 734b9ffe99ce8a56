"""The message that announces an outcome, and the deliveries that carry it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from greenroom.domain import Connection, RequestState, seconds_until, to_iso
from greenroom.record import Record

BUS_TARGET = {"type": "bus"}
SNS_TARGET = {"type": "sns"}

_DETAIL_TYPES = {
    "stream.ready": "Stream Ready",
    "stream.failed": "Stream Failed",
    "stream.timed_out": "Stream Timed Out",
    "stream.cancelled": "Stream Cancelled",
}


@dataclass(frozen=True)
class Message:
    """`type` is `stream.` and the outcome; `data` holds the URL only when a stream is ready and not yet expired."""

    type: str
    timestamp: str
    data: Mapping[str, Any]

    @property
    def id(self) -> str:
        """The same at each attempt, so that a receiver can tell a repeated message."""
        return f"{self.data['id']}.{self.type}"

    @property
    def detail_type(self) -> str:
        return _DETAIL_TYPES[self.type]

    def as_dict(self) -> dict[str, Any]:
        return {"type": self.type, "timestamp": self.timestamp, "data": dict(self.data)}

    def without_url(self) -> dict[str, Any]:
        return self.as_dict() | {"data": {key: value for key, value in self.data.items() if key != "url"}}


@dataclass(frozen=True)
class Delivery:
    """One outcome for one target. It names the request and holds no secret."""

    id: str
    target: Mapping[str, Any]

    @property
    def key(self) -> str:
        """Tells the targets of one request apart: two targets with one key are the same target."""
        return ":".join(str(self.target[name]) for name in ("type", "url", "connectionId") if name in self.target)

    def as_dict(self) -> dict[str, Any]:
        return {"id": self.id, "target": dict(self.target)}


def deliveries(record: Record) -> list[Delivery]:
    """One for the bus, always, and one for each different target that the request names."""
    named = [target.model_dump(by_alias=True, mode="json") for target in record.notify]
    found = [Delivery(record.id, target) for target in (BUS_TARGET, *named)]
    return list({delivery.key: delivery for delivery in found}.values())


def compose(record: Record, connection: Connection | None, now: datetime) -> Message:
    """The message for a request that has ended, true at `now`: a URL whose time is over is never handed out."""
    common = {
        "id": record.id,
        "studioId": record.request.studio_id,
        "sessionId": record.request.session_id,
        **({"streamId": record.stream_id} if record.stream_id else {}),
    }
    timestamp = to_iso(record.settled_at or now)
    metadata = {"metadata": record.request.metadata}
    if record.state is not RequestState.READY:
        return Message(f"stream.{record.state}", timestamp, common | _failure(record) | metadata)
    url = {} if record.claim or connection is None else {"url": connection.url}
    left = seconds_until(record.expires_at, now) if record.expires_at else 0
    if left == 0 or not (url or record.claim):
        expired = {"error": "UrlExpired", "message": "The stream's URL expired before it could be handed over"}
        return Message("stream.failed", timestamp, common | expired | metadata)
    expiry = {"expiresAt": to_iso(record.expires_at or now), "secondsLeft": left}
    return Message("stream.ready", timestamp, common | {"state": "READY"} | url | expiry | metadata)


def progress_frame(record: Record) -> dict[str, Any]:
    """What a WebSocket client sees while it waits: the service's words, under a type of its own."""
    said = {name: record.answer[name] for name in ("state", "statusCode") if name in record.answer}
    return {"type": "stream.progress", "data": {"id": record.id, **said}}


def _failure(record: Record) -> dict[str, str]:
    failure = record.failure
    if failure is None:
        return {"error": "Unknown", "message": f"The request ended as {record.state}"}
    service = {"state": failure.state, "statusCode": failure.status_code}
    return {"error": failure.error, "message": failure.message} | {k: v for k, v in service.items() if v is not None}
