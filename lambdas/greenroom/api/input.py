"""The input of a call besides the request itself: its text, its key, and the parameters of a list."""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from greenroom.domain.errors import BodyTooLarge, FieldError, InvalidRequest
from greenroom.domain.values import RequestState
from greenroom.record.store import Cursor
from greenroom.request.json_limits import MAX_BODY_BYTES, parse_json

MAX_KEY_LENGTH = 255
# The names that an execution can have, and so the ids that a request can have, or a batch.
# https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
MAX_ID_LENGTH = 80
MAX_PAGE = 100
DEFAULT_PAGE = 20
# The body of a batch. Lambda takes 6 MB, and the event that it gets has the body as JSON text, its quotes escaped.
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MAX_BATCH_BYTES = 4 * 1024 * 1024


def read_body(body: str | None, limit: int = MAX_BODY_BYTES) -> Any:
    """Parse a body. Raise BodyTooLarge over `limit` bytes, InvalidRequest if it is not JSON."""
    text = body or ""
    try:
        if len(text.encode()) > limit:
            raise BodyTooLarge(f"The body is larger than {limit} bytes")
        return parse_json(text)
    except (ValueError, RecursionError):
        raise InvalidRequest([FieldError("body", "must be JSON")]) from None


def is_id(text: str) -> bool:
    """Return whether a text can be the id of a request or a batch; if not, there is nothing to look up."""
    return 0 < len(text) <= MAX_ID_LENGTH and text.isprintable()


def request_id_for(owner: str, idempotency_key: str | None) -> str:
    """Return an id: the same for the same owner and key, else a new one. It becomes the execution's unique name."""
    if idempotency_key is None:
        return str(uuid.uuid4())
    if not (0 < len(idempotency_key) <= MAX_KEY_LENGTH and idempotency_key.isprintable()):
        rule = f"must be 1 to {MAX_KEY_LENGTH} printable characters"
        raise InvalidRequest([FieldError("Idempotency-Key", rule)])
    return hashlib.sha256(f"{owner}\n{idempotency_key}".encode()).hexdigest()[:32]


@dataclass(frozen=True)
class ListQuery:
    """Which requests to list: in which state, of which batch, how many at a time, from where on."""

    state: RequestState | None
    limit: int
    cursor: Cursor | None
    batch: str | None = None


def parse_query(query: Mapping[str, str]) -> ListQuery:
    """Read `state`, `batch`, `limit` and `next`. Raise InvalidRequest with every parameter that is wrong or unknown."""
    errors = [FieldError(name, "is not a parameter of this list") for name in query if name not in _PARAMETERS]
    found: dict[str, Any] = {}
    for name, (read, default, rule) in _PARAMETERS.items():
        try:
            found[name] = read(query[name]) if name in query else default
        except (ValueError, TypeError, RecursionError):
            errors.append(FieldError(name, rule))
    if errors:
        raise InvalidRequest(errors)
    query_of = ListQuery(found["state"], found["limit"], found["next"], found["batch"])
    if not _fits(query_of):
        raise InvalidRequest([FieldError("next", _NEXT_RULE)])
    return query_of


def encode_cursor(cursor: Cursor) -> str:
    """Return text that needs no escaping in a query: clients that sign a call may forget to escape it."""
    return base64.urlsafe_b64encode(json.dumps(cursor).encode()).decode().rstrip("=")


def _decode_cursor(text: str) -> Cursor:
    place, request_id = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    if not (isinstance(place, str) and isinstance(request_id, str) and is_id(request_id)):
        raise ValueError(text)
    return place, request_id


def _fits(query: ListQuery) -> bool:
    """Return whether the cursor belongs to this list: of a batch, it has the state that is asked for; else a time."""
    if query.cursor is None:
        return True
    place, _ = query.cursor
    if query.batch is None:
        return _is_time(place)
    return place in ([query.state] if query.state else list(RequestState))


def _is_time(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _page_size(text: str) -> int:
    if not 1 <= int(text) <= MAX_PAGE:
        raise ValueError(text)
    return int(text)


def _batch_id(text: str) -> str:
    if not is_id(text):
        raise ValueError(text)
    return text


_NEXT_RULE = "must be the `next` of an earlier page"
_PARAMETERS: Mapping[str, tuple[Any, Any, str]] = {
    "state": (RequestState, None, f"must be one of: {', '.join(RequestState)}"),
    "limit": (_page_size, DEFAULT_PAGE, f"must be a whole number from 1 to {MAX_PAGE}"),
    "next": (_decode_cursor, None, _NEXT_RULE),
    "batch": (_batch_id, None, "must be the id of a batch"),
}
