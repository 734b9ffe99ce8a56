"""The input of a call besides the request itself: its text, its key, and the parameters of a list."""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from greenroom.domain.errors import BodyTooLarge, FieldError, InvalidRequest
from greenroom.domain.values import RequestState
from greenroom.record.store import Cursor
from greenroom.request.json_limits import MAX_BODY_BYTES, parse_json

MAX_KEY_LENGTH = 255
MAX_PAGE = 100
# A partition key has 2,048 bytes at most, a sort key of an index 1,024:
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
MAX_ID_BYTES = 1024
MAX_BATCH_ID_LENGTH = 64
DEFAULT_PAGE = 20
# The body of a batch. Lambda takes 6 MB, and the event that it gets has the body as JSON text, its quotes escaped.
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MAX_BATCH_BYTES = 4 * 1024 * 1024


def read_body(body: str | None, limit: int = MAX_BODY_BYTES) -> Any:
    """Parse a body. BodyTooLarge over `limit` bytes, InvalidRequest if it is no JSON."""
    text = body or ""
    if len(text.encode()) > limit:
        raise BodyTooLarge(f"The body is larger than {limit} bytes")
    try:
        return parse_json(text)
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


def is_id(text: str) -> bool:
    """Whether text can be the id of anything that is kept. DynamoDB refuses to look for what cannot be a key."""
    try:
        return 0 < len(text.encode()) <= MAX_ID_BYTES
    except UnicodeEncodeError:
        return False


@dataclass(frozen=True)
class ListQuery:
    """Which requests to list: in which state, of which batch, how many at a time, from where on."""

    state: RequestState | None
    limit: int
    cursor: Cursor | None
    batch: str | None = None


def parse_query(query: Mapping[str, str]) -> ListQuery:
    """Read `state`, `batch`, `limit` and `next`. InvalidRequest names every one that is wrong, or unknown."""
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
    """Text that stands in a query as it is: a client that signs a call need not escape it, and may forget to."""
    return base64.urlsafe_b64encode(json.dumps(cursor).encode()).decode().rstrip("=")


def _decode_cursor(text: str) -> Cursor:
    created_at, request_id = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return str(created_at), str(request_id)


def _fits(query: ListQuery) -> bool:
    """A cursor in the list of a batch has a state, which must be the one that is asked for."""
    if query.batch is None or query.cursor is None:
        return True
    return query.cursor[0] in ([query.state] if query.state else list(RequestState))


def _page_size(text: str) -> int:
    if not 1 <= int(text) <= MAX_PAGE:
        raise ValueError(text)
    return int(text)


def _batch_id(text: str) -> str:
    if not 0 < len(text) <= MAX_BATCH_ID_LENGTH:
        raise ValueError(text)
    return text


_NEXT_RULE = "must be the `next` of an earlier page"
_PARAMETERS: Mapping[str, tuple[Any, Any, str]] = {
    "state": (RequestState, None, f"must be one of: {', '.join(RequestState)}"),
    "limit": (_page_size, DEFAULT_PAGE, f"must be a whole number from 1 to {MAX_PAGE}"),
    "next": (_decode_cursor, None, _NEXT_RULE),
    "batch": (_batch_id, None, "must be the id of a batch"),
}
