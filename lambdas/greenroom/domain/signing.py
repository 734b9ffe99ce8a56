"""The secrets that sign: what their texts must be, and the secret of one host that is derived from that of all.

Standard Webhooks writes a secret as base64 of 24 bytes at least, with or without the prefix `whsec_`:
https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#signature-scheme
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

from greenroom.domain.errors import SecretUnusable

# "Between 24 bytes (192 bits) and 64 bytes (512 bits)"; a longer one is as good.
LEAST_BYTES = 24
_PREFIX = "whsec_"


def key_of(text: str) -> bytes:
    """Return the bytes of a secret. Raise SecretUnusable, which does not repeat it, if it cannot sign."""
    key = decoded(text, _PREFIX)
    if key is None or len(key) < LEAST_BYTES:
        raise SecretUnusable(f"is no base64 of at least {LEAST_BYTES} bytes")
    return key


def decoded(text: str, prefix: str) -> bytes | None:
    """Return the bytes of base64 text, with the prefix and the padding or without; None if it is no base64."""
    digits = text.strip().removeprefix(prefix).rstrip("=")
    try:
        return base64.b64decode(digits + "=" * (-len(digits) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def host_secret(key: bytes, host: str) -> str:
    """Return the secret of a host, as its receiver holds it: `whsec_` and base64.

    `host` has its port if that is not 443. The secret is the HMAC-SHA256 of it by the secret of all
    hosts, so one host's secret says nothing about another's. No message can have a signature that is such a secret,
    because the signed text of a message begins with `msg_` and has a body of JSON.
    """
    return _PREFIX + base64.b64encode(hmac.digest(key, host.encode(), hashlib.sha256)).decode()
