"""A batch as it is asked for: its requests, or where they are, and what goes for all of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field, JsonValue, ValidationError
from pydantic.config import JsonDict

from greenroom.domain.errors import MAX_ERRORS, FieldError, InvalidRequest, NotAllowed
from greenroom.domain.wire import Incoming, Rule
from greenroom.request.field_errors import explain
from greenroom.request.json_limits import MAX_DEPTH, ensure_it_can_be_kept
from greenroom.request.rules import Rules
from greenroom.request.stream_request import StreamRequest, parse_request

MAX_REQUESTS = 10_000
MAX_SOURCE_BYTES = 16 * 1024 * 1024
# An execution lasts a year at most, and the last request of a batch may take a day.
# https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
LATEST_START = timedelta(days=360)
# A client's clock may be behind, and its request takes a moment.
LATE_START = timedelta(minutes=1)

_SIZE = f"must have 1 to {MAX_REQUESTS} requests"


_A_MOMENT = "must be a time with its offset, such as 2026-11-24T12:00:00Z"


def _moment(text: str) -> str:
    try:
        with_offset = datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        with_offset = False
    if not with_offset:
        raise ValueError(_A_MOMENT)
    return text


class Source(Incoming):
    """An S3 object of JSON lines, one request a line."""

    bucket: Annotated[
        str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$"), Rule("must be the name of an S3 bucket")
    ]
    key: Annotated[str, Field(min_length=1, max_length=1024), Rule("must be the key of an S3 object")]


# What a JSON Schema says of `_envelope_errors`: one of the two, and the other is absent or null.
_EITHER: JsonDict = {
    "if": {"required": ["source"], "properties": {"source": {"type": "object"}}},
    "then": {"properties": {"requests": {"type": "null"}}},
    "else": {"required": ["requests"], "properties": {"requests": {"type": "array"}}},
}


class BatchRequest(Incoming):
    """Many requests that are asked for together: either in a list, or in an S3 object."""

    model_config = ConfigDict(json_schema_extra=_EITHER)

    requests: Annotated[list[Any], Field(min_length=1, max_length=MAX_REQUESTS), Rule(_SIZE)] | None = None
    source: Source | None = None
    start_at: (
        Annotated[
            str,
            AfterValidator(_moment),
            Field(description="When to begin: now, if it is absent", json_schema_extra={"format": "date-time"}),
            Rule(_A_MOMENT),
        ]
        | None
    ) = None
    defaults: Annotated[
        dict[str, JsonValue], Field(description="The fields of every request that does not have them itself")
    ] = Field(default_factory=dict)
    metadata: dict[str, JsonValue] = Field(default_factory=dict)

    def starts_at(self, now: datetime) -> datetime:
        """In UTC, to the second; InvalidRequest for what is past, or too far ahead."""
        if self.start_at is None:
            return now
        # Compared before it is made one of UTC, which a moment of the year 1 or 9999 may not have.
        moment = datetime.fromisoformat(self.start_at).replace(microsecond=0)
        if not now - LATE_START <= moment <= now + LATEST_START:
            rule = f"must not be past, nor more than {LATEST_START.days} days ahead"
            raise InvalidRequest([FieldError("startAt", rule)])
        return moment.astimezone(UTC)


def digest_of(raw: Any) -> str:
    """Tells whether a repeat asks for the same batch. The order of keys does not count.

    InvalidRequest for what could be read, and is too deep to be written again.
    """
    try:
        return hashlib.sha256(json.dumps(raw, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
    except RecursionError:
        raise InvalidRequest([FieldError("body", f"must not be nested more than {MAX_DEPTH} deep")]) from None


def parse_batch(raw: Any, rules: Rules, check: Callable[[StreamRequest], None]) -> BatchRequest:
    """Read a batch from its parsed JSON. InvalidRequest names the fields that break a rule.

    The requests of a list are checked too, `requests[3].studioId`, and whether their caller may make them, by `check`:
    NotAllowed, where nothing else is wrong. Those of an S3 object are checked line by line when they are submitted.
    """
    if not isinstance(raw, dict):
        raise InvalidRequest([FieldError("body", 'must be a JSON object such as {"requests": […]}')])
    try:
        batch = BatchRequest.model_validate(raw)
    except ValidationError as error:
        raise InvalidRequest(explain(error, BatchRequest)) from None
    _ensure_its_requests_are_right(batch, rules, check)
    return batch


def with_defaults(request: Any, defaults: Mapping[str, Any]) -> Any:
    """A request with the fields that it lacks; what is no object stays as it is, for the rules to refuse."""
    return {**defaults, **request} if isinstance(request, dict) else request


def _envelope_errors(batch: BatchRequest) -> Iterator[FieldError]:
    if (batch.requests is None) == (batch.source is None):
        yield FieldError("body", "must have either requests or source")
    for name, value in (("defaults", batch.defaults), ("metadata", batch.metadata)):
        try:
            ensure_it_can_be_kept({name: value})
        except InvalidRequest as error:
            yield from (FieldError(name if each.field == "body" else each.field, each.detail) for each in error.errors)


def _ensure_its_requests_are_right(batch: BatchRequest, rules: Rules, check: Callable[[StreamRequest], None]) -> None:
    """Of the first requests that are wrong, as far as they are named; the others are not looked at any more."""
    broken, refused = list(_envelope_errors(batch)), list[FieldError]()
    for index, request in enumerate(batch.requests or ()):
        try:
            check(parse_request(with_defaults(request, batch.defaults), rules))
        except NotAllowed as error:
            refused += _of_request(index, error)
        except InvalidRequest as error:
            broken += _of_request(index, error)
        if len(broken) + len(refused) >= MAX_ERRORS:
            break
    if broken:
        raise InvalidRequest(broken)
    if refused:
        raise NotAllowed(refused)


def _of_request(index: int, wrong: InvalidRequest) -> Iterator[FieldError]:
    field = f"requests[{index}]"
    for error in wrong.errors:
        yield FieldError(field if error.field == "body" else f"{field}.{error.field}", error.detail)
