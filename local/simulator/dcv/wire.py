"""JSON as the broker reads and writes it."""

from __future__ import annotations

import json
from typing import Any

from pydantic import TypeAdapter, ValidationError
from werkzeug import Request, Response


class Refusal(Exception):
    """The broker answers 400, with this text."""


def about(body: Any) -> dict[str, Any]:
    """The owner, session and name that a body speaks of, whatever else is in it."""
    first = body[0] if isinstance(body, list) and body else body
    if not isinstance(first, dict):
        return {}
    found = {name: first.get(name) for name in ("Owner", "SessionId", "Name")}
    if isinstance(ids := first.get("SessionIds"), list) and ids:
        found["SessionId"] = ids[0]
    for item in first.get("Filters") or ():
        if isinstance(item, dict) and item.get("Key") == "owner":
            found["Owner"] = item.get("Value")
    return {name: value for name, value in found.items() if isinstance(value, str)}


def parsed(request: Request) -> Any:
    try:
        return json.loads(request.get_data() or b"{}")
    except ValueError:
        return None


def valid(adapter: TypeAdapter[Any], body: Any) -> Any:
    try:
        return adapter.validate_python(body)
    except ValidationError as error:
        raise Refusal("; ".join(f"{problem['loc']}: {problem['msg']}" for problem in error.errors())) from None


def as_json(value: object, status: int = 200) -> Response:
    return Response(json.dumps(value), status, content_type="application/json")
