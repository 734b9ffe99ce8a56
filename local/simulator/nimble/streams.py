"""A stream: what it is at a moment follows from when it was created and what its session was set to do."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from local.simulator.nimble.behaviour import NimbleBehaviour

PRINCIPAL = "90676d1ee8-6b3a1c0e-simulated"
DEFAULT_EXPIRATION_SECONDS = 120

_STATUS_CODES = {
    "CREATE_IN_PROGRESS": "STREAM_CREATE_IN_PROGRESS",
    "READY": "STREAM_READY",
    "DELETE_IN_PROGRESS": "STREAM_DELETE_IN_PROGRESS",
    "DELETED": "STREAM_DELETED",
    "CREATE_FAILED": "INTERNAL_ERROR",
    "DELETE_FAILED": "INTERNAL_ERROR",
}


def _new_id() -> str:
    return secrets.token_hex(11)


def _new_url() -> str:
    return f"https://{secrets.token_hex(8)}.stream.example/connect?token={secrets.token_urlsafe(32)}"


@dataclass(frozen=True)
class Stream:
    """A stream of one session. The URL is a bearer secret and stays out of `repr`."""

    studio_id: str
    session_id: str
    created_at: datetime
    expiration: timedelta = timedelta(seconds=DEFAULT_EXPIRATION_SECONDS)
    stream_id: str = field(default_factory=_new_id)
    url: str = field(default_factory=_new_url, repr=False)

    def view(self, behaviour: NimbleBehaviour, now: datetime) -> dict[str, object]:
        """Fill the members of the model's StreamingSessionStream. `url` is there only while READY.

        `expiresAt` counts from the moment of READY; once it has passed, the stream is DELETED.
        """
        seen: dict[str, object] = {
            "createdAt": self.created_at,
            "createdBy": PRINCIPAL,
            "ownedBy": PRINCIPAL,
            "streamId": self.stream_id,
        }
        settled_at = self._settled_at(behaviour)
        if settled_at is None or now < settled_at:
            return seen | _status("CREATE_IN_PROGRESS")
        if behaviour.final_state != "READY":
            return seen | _status(behaviour.final_state, behaviour.status_code)
        expires_at = settled_at + self.expiration
        if now >= expires_at:
            return seen | _status("DELETED") | {"expiresAt": expires_at}
        ready = _status("READY", behaviour.status_code) | {"expiresAt": expires_at}
        return seen | ready | ({"url": url} if (url := behaviour.url_in_place_of(self.url)) else {})

    def _settled_at(self, behaviour: NimbleBehaviour) -> datetime | None:
        if behaviour.ready_after_seconds is None:
            return None
        return self.created_at + timedelta(seconds=behaviour.ready_after_seconds)


def _status(state: str, code: str | None = None) -> dict[str, object]:
    """Pair a state with its code; a state that the model does not know has none of its own."""
    return {"state": state, "statusCode": code or _STATUS_CODES.get(state)}
