"""What signs webhooks in tests, and verifiers of others: of ed25519 by `cryptography`, of SigV4 by AWS's own words."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import quote, unquote_to_bytes

from botocore.credentials import Credentials
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from greenroom.adapters.webhook import ApiGateways
from greenroom.adapters.webhook_signatures import Signatures, SigningKey
from greenroom.domain.signing import key_of
from tests.support.receiver import Received

# As Secrets Manager generates them: letters and digits.
NEW_KEY, OLD_KEY = (SigningKey.of(letter * 43) for letter in "nP")


def signatures(*secrets: str, keys: Sequence[SigningKey] = (NEW_KEY,), shared: bool = True) -> Callable[[], Signatures]:
    found = Signatures([key_of(secret) for secret in secrets], keys, shared)
    return lambda: found


def _no_credentials() -> Credentials:
    raise AssertionError("credentials are for the APIs of the setting only")


NO_GATEWAYS = ApiGateways((), _no_credentials)


def is_signed_by(public_key: str, headers: Mapping[str, str], body: str) -> bool:
    """Whether one of the `v1a` signatures is by a key, as a receiver holds it."""
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key.removeprefix("whpk_")))
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body}".encode()
    return any(
        _verifies(key, base64.b64decode(signature.removeprefix("v1a,")), content)
        for signature in headers["webhook-signature"].split(" ")
        if signature.startswith("v1a,")
    )


def _verifies(key: Ed25519PublicKey, signature: bytes, content: bytes) -> bool:
    try:
        key.verify(signature, content)
    except InvalidSignature:
        return False
    return True


def sigv4_of(got: Received, secret_key: str) -> set[str]:
    """Compute the signatures that AWS may compute from what it received; more than one where readings differ.

    By the steps of
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
    """
    headers = {name.lower(): " ".join(value.split()) for name, value in got.headers.items()}
    authorization = headers["authorization"]
    (scope,) = re.findall(r"Credential=[^/]+/([^,]+)", authorization)
    (signed,) = re.findall(r"SignedHeaders=([^,]+)", authorization)
    key = f"AWS4{secret_key}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), hashlib.sha256)
    found = set()
    for path, query in _readings(got.path):
        lines = ["POST", path, query, *(f"{name}:{headers[name]}" for name in signed.split(";")), "", signed]
        request = "\n".join([*lines, hashlib.sha256(got.body.encode()).hexdigest()])
        hashed = hashlib.sha256(request.encode()).hexdigest()
        text = "\n".join(["AWS4-HMAC-SHA256", headers["x-amz-date"], scope, hashed])
        found.add(hmac.new(key, text.encode(), hashlib.sha256).hexdigest())
    return found


def _readings(sent: str) -> set[tuple[str, str]]:
    """The canonical paths and queries of what was sent.

    "URI-encode each path segment twice": what is decoded first, or what was sent as it is once more; with or without
    the path made normal. A `+` of a query is itself, or a space.
    """
    path, _, query = sent.partition("?")
    paths = {quote(path, "/-_.~"), "/".join(_twice(segment) for segment in path.split("/"))}
    normal = {re.sub("//+", "/", _without_dots(each)) for each in paths}
    queries = {_canonical(query), _canonical(query.replace("+", "%20"))}
    return {(each, one) for each in paths | normal for one in queries}


def _twice(segment: str) -> str:
    return quote(quote(unquote_to_bytes(segment), "-_.~"), "-_.~")


def _without_dots(path: str) -> str:
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            kept.pop()
        elif segment != ".":
            kept.append(segment)
    return "/".join(kept)


def _canonical(query: str) -> str:
    pairs = [pair.partition("=") for pair in query.split("&") if query]
    encoded = [tuple(quote(unquote_to_bytes(text), "-_.~") for text in (name, value)) for name, _, value in pairs]
    return "&".join(f"{name}={value}" for name, value in sorted(encoded))
