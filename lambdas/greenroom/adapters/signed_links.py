"""The tokens of links to the waiting room, signed by itsdangerous with HMAC-SHA256."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from itsdangerous import BadData, URLSafeSerializer

from greenroom.domain.errors import LinkRefused, SecretUnusable
from greenroom.domain.signing import LEAST_BYTES
from greenroom.record.links import Token

_SALT = "waiting-room"


def link_key(text: str) -> str:
    """Return the key that signs links: the text itself. SecretUnusable unless it has 24 bytes at least."""
    if len(text.strip().encode()) < LEAST_BYTES:
        raise SecretUnusable(f"has less than {LEAST_BYTES} bytes")
    return text


class SignedLinks:
    """Signs with the newest key, and reads what any of them signed, so that keys can be changed.

    `keys` gives them, newest first. A token of no generation, as all were before links could be revoked, has two
    members.
    """

    def __init__(self, keys: Callable[[], Sequence[str]]) -> None:
        self._keys = keys

    def sign(self, request_id: str, expires_at: datetime, generation: int) -> str:
        members = [request_id, int(expires_at.timestamp()), *([generation] if generation else [])]
        return str(self._serializer().dumps(members))

    def read(self, token: str, now: datetime) -> Token:
        """Return what the token says. LinkRefused if it is none of ours, was changed, or has ended."""
        request_id, expires_at, *generation = self._payload(token)
        if now.timestamp() >= expires_at:
            raise LinkRefused("The link has ended")
        return Token(str(request_id), int(generation[0]) if generation else 0)

    def _payload(self, token: str) -> Any:
        serializer = self._serializer()
        try:
            return serializer.loads(token)
        except (BadData, UnicodeError):
            raise LinkRefused("The link is none of ours, or was changed") from None

    def _serializer(self) -> URLSafeSerializer:
        """Return a serializer with the current keys. itsdangerous wants the newest last."""
        signer = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
        return URLSafeSerializer([*reversed(self._keys())], salt=_SALT, signer_kwargs=signer)
