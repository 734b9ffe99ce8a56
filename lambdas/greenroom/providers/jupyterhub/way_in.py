"""The URL that lets its bearer into one server."""

from __future__ import annotations

from urllib.parse import quote, urlencode, urljoin

from greenroom.providers.jupyterhub.answers import Server


def web_url(server: Server, hub_url: str, public_url: str, path: str, token: str) -> str:
    """Return the URL of a path in a server: at the public URL, or else where the hub says, or else at the hub's own.

    A server compares paths letter by letter, and knows its own as the hub has encoded it: with `%2B`, but with `@`. The
    hub's `url` has that path; where each user has a domain, it is a whole URL.
    """
    root = urljoin(public_url or hub_url, server.url)
    if server.full_url and not public_url:
        root = server.full_url
    return f"{root.rstrip('/')}/{quote(path, safe='/:@')}?{urlencode({'token': token})}"
