"""A session: what it is at a moment follows from when it was made, and from what its owner is set to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from local.simulator.dcv.settings import DcvBehaviour

GONE = "The requested dcvSession does not exist"

_DELETING_FOR = timedelta(seconds=1)
# `delete-session-duration-seconds` of the broker.
_REMEMBERED_FOR = timedelta(hours=1)
_SERVER = {
    "Id": "c2VydmVyLTE=",
    "Ip": "10.0.0.17",
    "Hostname": "dcv-1.example",
    "Port": "8443",
    "Endpoints": [
        {"IpAddress": "10.0.0.17", "Port": 8443, "Protocol": "QUIC"},
        {"IpAddress": "10.0.0.17", "Port": 8443, "WebUrlPath": "/", "Protocol": "HTTP"},
    ],
    "WebUrlPath": "/",
    "Tags": [],
}


@dataclass(frozen=True)
class Session:
    name: str
    owner: str
    type: str
    created_at: datetime
    deleted_at: datetime | None = None
    id: str = field(default_factory=lambda: str(uuid4()))

    def is_listed(self, behaviour: DcvBehaviour, now: datetime) -> bool:
        if self.deleted_at:
            return now < self.deleted_at + _REMEMBERED_FOR
        return now >= self.created_at + timedelta(seconds=behaviour.listed_after_seconds)

    def state_at(self, behaviour: DcvBehaviour, now: datetime) -> str:
        if self.deleted_at:
            return "DELETING" if now < self.deleted_at + _DELETING_FOR else "DELETED"
        if self._is_settled(behaviour, now):
            return behaviour.final_state or behaviour.session_state
        return "CREATING" if behaviour.session_state == "READY" else behaviour.session_state

    def view(self, behaviour: DcvBehaviour, now: datetime) -> dict[str, object]:
        """The members of the API's Session that a simulated one has."""
        state = self.state_at(behaviour, now)
        seen: dict[str, object] = {
            "Id": self.id,
            "Name": self.name,
            "Owner": self.owner,
            "Type": self.type,
            "State": state,
            "CreationTime": self.created_at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "NumOfConnections": 0,
        }
        if state == "CREATING":
            seen["Substate"] = behaviour.substate or "SESSION_PLACING"
        elif behaviour.url:
            seen["Server"] = _SERVER
        if behaviour.state_reason and self._is_settled(behaviour, now):
            seen["StateReason"] = behaviour.state_reason
        return seen

    def _is_settled(self, behaviour: DcvBehaviour, now: datetime) -> bool:
        after = behaviour.ready_after_seconds
        return after is not None and now >= self.created_at + timedelta(seconds=after)
