"""The input of a call besides the request itself: its text, its key, and the parameters of a list."""

from __future__ import annotations

import base64
import hashlib
import json
import math
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from greenroom.domain.errors import BodyTooLarge, FieldError, InvalidRequest
from greenroom.domain.values import RequestState
from greenroom.record.store import Cursor
from greenroom.request.json_limits import MAX_BODY_BYTES

MAX_KEY_LENGTH = 255
MAX_PAGE = 100
DEFAULT_PAGE = 20


def read_body(body: str | None) -> Any:
    """Parse a body. BodyTooLarge over 16 KiB, InvalidRequest if it is no JSON."""
    text = body or ""
    if len(text.encode()) > MAX_BODY_BYTES:
        raise BodyTooLarge(f"The body is larger than {MAX_BODY_BYTES} bytes")
    try:
        return json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
    except (ValueError, RecursionError):
        raise InvalidRequest([FieldError("body", "must be JSON")]) from None


def request_id_for(owner: str, idempotency_key: str | None) -> str:
    """The same for the same owner and key; else new. It becomes the execution's name, which must be unique."""
    if idempotency_key is None:
        return str(uuid.uuid4())
    if not (0 < len(idempotency_key) <= MAX_KEY_LENGTH and idempotency_key.isprintable()):
        rule = f"must be 1 to {MAX_KEY_LENGTH} printable characters"
        raise InvalidRequest([FieldError("Idempotency-Key", rule)])
    return hashlib.sha256(f"{owner}\n{idempotency_key}".encode()).hexdigest()[:32]


@dataclass(frozen=True)
class ListQuery:
    """Which requests to list: in which state, how many at a time, from where on."""

    state: RequestState | None
    limit: int
    cursor: Cursor | None


def parse_query(query: Mapping[str, str]) -> ListQuery:
    """Read `state`, `limit` and `next`. InvalidRequest names every one that is wrong, or unknown."""
    errors = [FieldError(name, "is not a parameter of this list") for name in query if name not in _PARAMETERS]
    found: dict[str, Any] = {}
    for name, (read, default, rule) in _PARAMETERS.items():
        try:
            found[name] = read(query[name]) if name in query else default
        except (ValueError, TypeError, RecursionError):
            errors.append(FieldError(name, rule))
    if errors:
        raise InvalidRequest(errors)
    return ListQuery(found["state"], found["limit"], found["next"])


def encode_cursor(cursor: Cursor) -> str:
    """Text that stands in a query as it is: a client that signs a call need not escape it, and may forget to."""
    return base64.urlsafe_b64encode(json.dumps(cursor).encode()).decode().rstrip("=")


def _decode_cursor(text: str) -> Cursor:
    created_at, request_id = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return str(created_at), str(request_id)


def _page_size(text: str) -> int:
    if not 1 <= int(text) <= MAX_PAGE:
        raise ValueError(text)
    return int(text)


_PARAMETERS: Mapping[str, tuple[Any, Any, str]] = {
    "state": (RequestState, None, f"must be one of: {', '.join(RequestState)}"),
    "limit": (_page_size, DEFAULT_PAGE, f"must be a whole number from 1 to {MAX_PAGE}"),
    "next": (_decode_cursor, None, "must be the `next` of an earlier page"),
}


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    """`1e999` is JSON, but no float; it would be kept as Infinity, which is not JSON."""
    if math.isinf(number := float(text)):
        raise ValueError(f"{text} is too large")
    return number
