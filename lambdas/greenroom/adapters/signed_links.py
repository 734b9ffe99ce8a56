"""The tokens of links to the waiting room, signed by itsdangerous with HMAC-SHA256."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from itsdangerous import BadData, BadSignature, URLSafeSerializer

from greenroom.domain.errors import LinkRefused

# A page asks every few seconds, and must not cost a read of the secret each time.
KEPT_SECONDS = 300
# A token of a key that is newer than the kept ones is known after so long; who sends bad ones causes no more reads.
REFRESHED_SECONDS = 10
_SALT = "waiting-room"


class SignedLinks:
    """Signs with the newest key, and reads what any of them signed, so that keys can be changed.

    `keys` reads them, newest first, when the first token is signed or read.
    """

    def __init__(self, keys: Callable[[], Sequence[str]], clock: Callable[[], float] = time.monotonic) -> None:
        self._keys = keys
        self._clock = clock
        self._kept: list[str] = []
        self._read_at = 0.0

    def sign(self, request_id: str, expires_at: datetime) -> str:
        return str(self._serializer(KEPT_SECONDS).dumps([request_id, int(expires_at.timestamp())]))

    def read(self, token: str, now: datetime) -> str:
        """Return the id of the request. LinkRefused for a token that is none of ours, was changed, or has ended."""
        request_id, expires_at = self._payload(token)
        if now.timestamp() >= expires_at:
            raise LinkRefused("The link has ended")
        return str(request_id)

    def _payload(self, token: str) -> Any:
        try:
            try:
                return self._serializer(KEPT_SECONDS).loads(token)
            except BadSignature:
                return self._serializer(REFRESHED_SECONDS).loads(token)
        except (BadData, UnicodeError):
            raise LinkRefused("The link is none of ours, or was changed") from None

    def _serializer(self, seconds: int) -> URLSafeSerializer:
        """With the keys as they were so many seconds ago at most. itsdangerous wants the newest last."""
        now = self._clock()
        if not self._kept or now - self._read_at >= seconds:
            self._kept, self._read_at = [*reversed(self._keys())], now
        signer = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
        return URLSafeSerializer(self._kept, salt=_SALT, signer_kwargs=signer)
