"""The signatures of webhooks by Standard Webhooks: ed25519 (`v1a`), and HMAC-SHA256 (`v1`) by secrets of receivers.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#signature-scheme
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from nacl.bindings import crypto_sign, crypto_sign_seed_keypair

from greenroom.domain.errors import SecretUnusable
from greenroom.domain.signing import decoded, host_secret, key_of

_PRIVATE, _PUBLIC = "whsk_", "whpk_"
_SEED_BYTES, _PAIR_BYTES = 32, 64


@dataclass(frozen=True)
class SigningKey:
    """An ed25519 key: `pair` is its seed and then its public half, as libsodium has it."""

    pair: bytes = field(repr=False)

    @classmethod
    def of(cls, text: str) -> SigningKey:
        """Read `whsk_` and base64, the prefix left out or not, of a seed or of a whole pair.

        Any 32 bytes are a seed. SecretUnusable for anything else.
        """
        key = decoded(text, _PRIVATE)
        if key is not None and len(key) in {_SEED_BYTES, _PAIR_BYTES}:
            _, pair = crypto_sign_seed_keypair(key[:_SEED_BYTES])
            if pair.startswith(key):
                return cls(pair)
        raise SecretUnusable("is no ed25519 key: whsk_ and base64 of 32 bytes, or of 64 with the public half")

    @property
    def public_key(self) -> str:
        """The public half, as receivers hold it."""
        return _PUBLIC + _base64(self.pair[_SEED_BYTES:])

    def sign(self, content: bytes) -> bytes:
        return crypto_sign(content, self.pair)[:_PAIR_BYTES]


@dataclass(frozen=True)
class Signatures:
    """Signs messages with every secret that is valid now: one of a kind, or two while it rotates, newest first.

    `shared`: also with the secrets of all receivers themselves, for those of old that hold them.
    """

    secrets: Sequence[bytes] = field(repr=False)
    keys: Sequence[SigningKey]
    shared: bool = True

    def headers(self, message_id: str, body: str, host: str, now: datetime) -> dict[str, str]:
        """Return `webhook-id`, `webhook-timestamp` and `webhook-signature`, for the receiver at a host.

        `host` has its port where that is not 443. The signatures by a shared secret come first, since
        some receiver may look at no other.
        """
        timestamp = str(int(now.timestamp()))
        content = f"{message_id}.{timestamp}.{body}".encode()
        return {
            "webhook-id": message_id,
            "webhook-timestamp": timestamp,
            "webhook-signature": " ".join(self._signatures(content, host)),
        }

    def _signatures(self, content: bytes, host: str) -> Iterator[str]:
        shared = self.secrets if self.shared else ()
        for secret in [*shared, *(key_of(host_secret(secret, host)) for secret in self.secrets)]:
            yield f"v1,{_base64(hmac.digest(secret, content, hashlib.sha256))}"
        for key in self.keys:
            yield f"v1a,{_base64(key.sign(content))}"


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
