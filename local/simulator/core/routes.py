"""Routes over the percent-encoded path, so that a slash inside an id stays inside it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

from werkzeug import Request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule


class Routes:
    """Werkzeug's rules: `Rule("/streams/<id>", methods=["GET"], endpoint=...)`."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._map = Map(list(rules), merge_slashes=False, strict_slashes=False)

    def match(self, request: Request) -> tuple[Any, dict[str, str]] | None:
        """Return the endpoint and the path's labels, decoded; None if no rule has this method and path."""
        try:
            endpoint, encoded = self._map.bind("").match(encoded_path(request), request.method)
        except HTTPException:
            return None
        return endpoint, {name: unquote(value) for name, value in encoded.items()}


def encoded_path(request: Request) -> str:
    """Return the path as the client sent it, without the query."""
    path: str = request.environ.get("RAW_URI", request.path)
    return path.partition("?")[0]
