"""The broker's tokens: access tokens for its clients, and connection tokens for the people at the sessions."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from base64 import b64encode, urlsafe_b64encode
from datetime import datetime, timedelta

from werkzeug import Request

CLIENT_ID = "greenroom"
CLIENT_SECRET = "dcv-simulator-secret"  # noqa: S105  # of a simulator, and no secret
SCOPE = "dcv-session-manager/sm_scope"

_BASIC = "Basic " + b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()


class AccessTokens:
    """The tokens that were given out, each with its end."""

    def __init__(self) -> None:
        self._ends: dict[str, datetime] = {}

    def issue(self, now: datetime, seconds: int) -> dict[str, object]:
        """Give out a token as RFC 6749 writes it."""
        token = secrets.token_urlsafe(32)
        self._ends[token] = now + timedelta(seconds=seconds)
        return {"access_token": token, "token_type": "Bearer", "expires_in": seconds}

    def accepts(self, authorization: str | None, now: datetime) -> bool:
        kind, _, token = (authorization or "").partition(" ")
        return kind == "Bearer" and token in self._ends and now < self._ends[token]

    def forget(self) -> None:
        self._ends.clear()


def why_no_token(request: Request) -> tuple[str, int] | None:
    """Return RFC 6749's name of what is wrong with a request for a token, and the status; None if nothing is.

    There are two ways to ask: in the query with an empty body, as the broker's own server wants it, and in a form
    with a scope, as Amazon Cognito does.
    """
    form = request.form
    if not hmac.compare_digest(request.headers.get("Authorization", "").encode(), _BASIC.encode()):
        return "invalid_client", 401
    if request.mimetype != "application/x-www-form-urlencoded":
        return "invalid_request", 400
    if (form or request.args).get("grant_type") != "client_credentials":
        return "unsupported_grant_type", 400
    return ("invalid_scope", 400) if form.get("scope", SCOPE) != SCOPE else None


class ConnectionTokens:
    """JSON Web Tokens, signed by a key that only this simulator knows."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def issue(self, session_id: str, user: str, now: datetime, seconds: float, *, is_jwt: bool) -> str:
        """Make a token for one user of one session; `is_jwt` false: one that does not tell when it ends."""
        if not is_jwt:
            return secrets.token_urlsafe(48)
        issued_at = int(now.timestamp())
        claims = {"sub": user, "sessionId": session_id, "iat": issued_at, "exp": issued_at + int(seconds)}
        signed = f"{_segment({'alg': 'HS256', 'typ': 'JWT'})}.{_segment({**claims, 'jti': secrets.token_hex(8)})}"
        return f"{signed}.{_encoded(hmac.digest(self._key, signed.encode(), hashlib.sha256))}"


def _segment(value: object) -> str:
    return _encoded(json.dumps(value, separators=(",", ":")).encode())


def _encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
