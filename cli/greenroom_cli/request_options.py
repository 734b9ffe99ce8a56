"""The options that a request of any provider has, and what they say in a request."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from greenroom_cli.errors import WrongUsage

# Each field that requests of all providers have, with its option.
COMMON = {
    "notify": "notify",
    "deadlineSeconds": "deadline",
    "metadata": "metadata",
    "claim": "claim",
    "waitingRoom": "waiting-room",
    "releaseOnFailure": "release-on-failure",
}
# No field of a provider may take the name of one of these.
TAKEN = {
    *COMMON.values(),
    *("idempotency-key", "detach", "open", "quiet", "json", "stack", "profile", "region", "help"),
}


@dataclass(frozen=True)
class CommonOptions:
    """As they were given; None and the empty list: not at all."""

    notify: Sequence[str] = ()
    deadline: str | None = None
    metadata: Sequence[str] = ()
    claim: bool | None = None
    waiting_room: bool | None = None
    release_on_failure: bool | None = None

    @property
    def fields(self) -> dict[str, Any]:
        """Return the fields of the request. Raise WrongUsage for what cannot be read."""
        values = {
            "notify": [target_of(text) for text in self.notify] or None,
            "deadlineSeconds": json_or_text(self.deadline) if self.deadline is not None else None,
            "metadata": dict(pair_of(text) for text in self.metadata) or None,
            "claim": self.claim,
            "waitingRoom": self.waiting_room,
            "releaseOnFailure": self.release_on_failure,
        }
        return {name: value for name, value in values.items() if value is not None}


def target_of(text: str) -> dict[str, str]:
    """Return a target of a request from `sns`, an https URL, or `websocket:ID`."""
    if text == "sns":
        return {"type": "sns"}
    if text.startswith("websocket:"):
        return {"type": "websocket", "connectionId": text.removeprefix("websocket:")}
    if "://" in text:
        return {"type": "webhook", "url": text}
    raise WrongUsage(f"--notify must be sns, an https URL, or websocket:ID (got {text!r})")


def pair_of(text: str) -> tuple[str, str]:
    """Split `NAME=VALUE`; the value is text."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise WrongUsage(f"--metadata must be NAME=VALUE (got {text!r})")
    return name, value


def json_or_text(text: str) -> Any:
    """Return the JSON value of a text, else the text itself, which the API checks."""
    try:
        return json.loads(text)
    except ValueError:
        return text
