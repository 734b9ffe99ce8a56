"""The way into a DCV session: the URL that a browser opens, and when it ends."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from datetime import UTC, datetime
from urllib.parse import quote

from greenroom.providers.dcv.answers import Server

# DCV servers listen there unless they are told otherwise.
DEFAULT_PORT = 8443


def web_url(server: Server | None, gateway_url: str, session_id: str, token: str) -> str | None:
    """`https://{host}:{port}{WebUrlPath}?authToken={token}#{sessionId}`, or None if no host is known yet.

    Behind a DCV Connection Gateway, its host and port.
    """
    server = server or Server()
    web = next((endpoint for endpoint in server.endpoints or () if endpoint.protocol == "HTTP"), None)
    path = quote((web and web.web_url_path) or server.web_url_path or "/", safe="/")
    host = server.hostname or server.ip
    if not gateway_url and not host:
        return None
    port = (web and web.port) or server.port or DEFAULT_PORT
    base = gateway_url.rstrip("/") if gateway_url else f"https://{_in_a_url(host or '')}:{quote(str(port), safe='')}"
    return f"{base}/{path.lstrip('/')}?authToken={quote(token, safe='')}#{quote(session_id, safe='')}"


def end_of(token: str) -> datetime | None:
    """Return when a connection token ends, by the `exp` of its JWT; None if it does not tell.

    The signature is not looked at: the token came from the broker itself, and only the DCV server needs to trust it.
    """
    try:
        _, payload, _ = token.split(".")
        claims = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return datetime.fromtimestamp(int(claims["exp"]), UTC)
    except (ValueError, TypeError, KeyError, OverflowError, OSError):
        return None


def _in_a_url(host: str) -> str:
    return f"[{host}]" if ":" in host else quote(host, safe="")
