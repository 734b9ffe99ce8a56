"""Requests for sessions, and the broker's sessions seen without the plug."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import quote

from greenroom.providers.dcv.fields import DcvFields
from tests.contract.dcv.client import Client
from tests.contract.support import Control

TOKEN = "0123456789abcdef" * 4  # a client token
NAME = "greenroom-0123456789abcdef0123456789abcdef"
NOW_MADE = timedelta(0)
LATER = timedelta(hours=1)


def asked_by(owner: str = "ada", **fields: Any) -> DcvFields:
    """Make the fields of a request."""
    return DcvFields(provider="dcv", owner=owner, **fields)


class Sessions:
    def __init__(self, control: Control) -> None:
        self._control = control
        self._client = Client(control.url)
        self._client.log_in()

    def behave(self, owner: str = "ada", **behaviour: Any) -> None:
        self._control.session(quote(owner, safe=""), **behaviour)

    def fail(self, operation: str, error: str, call: int | str = 1, owner: str = "ada", **behaviour: Any) -> None:
        self.behave(owner, faults=[{"operation": operation, "call": call, "error": error}], **behaviour)

    def make(self, owner: str = "ada", **members: Any) -> str:
        """Make a session as somebody else would; returns its id."""
        return self._client.made(owner, **members)

    def of(self, owner: str = "ada") -> list[dict[str, Any]]:
        self._client.log_in()
        return list(self._client.describe(Filters=[{"Key": "owner", "Value": owner}])["Sessions"])

    def delete(self, session_id: str, owner: str = "ada") -> None:
        self._client.delete(session_id, owner)

    def calls(self, operation: str) -> int:
        return [call["operation"] for call in self._control.calls()].count(operation)
