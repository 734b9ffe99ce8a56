"""Errors of the API as `application/problem+json` (RFC 9457)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Literal

from aws_lambda_powertools.event_handler import Response

from greenroom.domain.errors import (
    BodyTooLarge,
    DoorsClosed,
    FieldError,
    GreenroomError,
    InvalidRequest,
    LinkRefused,
    NameTaken,
    NotAllowed,
    RequestConflict,
    StreamGone,
    ThrottlingException,
    UnknownRequest,
    UsageExceeded,
    shortened,
)
from greenroom.domain.wire import Outgoing

CONTENT_TYPE = "application/problem+json"

_STATUS: Mapping[type[GreenroomError], HTTPStatus] = {
    InvalidRequest: HTTPStatus.BAD_REQUEST,
    LinkRefused: HTTPStatus.UNAUTHORIZED,
    NotAllowed: HTTPStatus.FORBIDDEN,
    UnknownRequest: HTTPStatus.NOT_FOUND,
    RequestConflict: HTTPStatus.CONFLICT,
    NameTaken: HTTPStatus.CONFLICT,
    StreamGone: HTTPStatus.GONE,
    BodyTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    ThrottlingException: HTTPStatus.TOO_MANY_REQUESTS,
    UsageExceeded: HTTPStatus.TOO_MANY_REQUESTS,
    DoorsClosed: HTTPStatus.SERVICE_UNAVAILABLE,
}
# The bucket of StartExecution has tokens again within a second, for which others wait too. Somebody who drains a
# deployment and opens it again takes minutes at least.
_RETRY_AFTER_SECONDS: Mapping[type[GreenroomError], int] = {ThrottlingException: 2, DoorsClosed: 300}
# A 401 names the way in (RFC 9110, 15.5.2). API Gateway hands it on as x-amzn-remapped-www-authenticate:
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="waiting room"'}
# A cache may otherwise keep a 404 or a 410, and answer with it after there is something (RFC 9110, 15.1).
_NOT_KEPT = {"Cache-Control": "no-store"}
# InvalidRequest's own text, whose limits are its own, is shorter.
_LONGEST_DETAIL = 10_000


class Problem(Outgoing):
    """A call that cannot be answered (RFC 9457). `errors` names each broken rule of a request."""

    type: Literal["about:blank"]
    title: str
    status: int
    detail: str
    errors: list[FieldError] | None = None


def status_of(error: type[GreenroomError]) -> HTTPStatus | None:
    """Return the status that a caller gets for an error of ours; None if the caller must not see the error."""
    return _STATUS.get(error)


def problem_of(error: GreenroomError) -> Response[str]:
    """Return the answer for an error of ours, or raise the error again if the caller must not see it."""
    status = status_of(type(error))
    if status is None:
        raise error
    errors = error.as_dicts() if isinstance(error, InvalidRequest) else ()
    pause = error.retry_after if isinstance(error, UsageExceeded) else _RETRY_AFTER_SECONDS.get(type(error))
    return problem(status, str(error), errors, {"Retry-After": str(pause)} if pause else {})


def problem(
    status: HTTPStatus,
    detail: str,
    errors: Sequence[Mapping[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> Response[str]:
    """Return a problem as a response. `errors` lists broken rules as `{"field", "detail"}`."""
    body = Problem(
        type="about:blank",
        title=status.phrase,
        status=status.value,
        detail=shortened(detail, _LONGEST_DETAIL),
        errors=[FieldError(**error) for error in errors] or None,
    )
    return Response(
        status_code=status.value,
        content_type=CONTENT_TYPE,
        body=json.dumps(body.dump()),
        headers={**_NOT_KEPT, **(_CHALLENGE if status is HTTPStatus.UNAUTHORIZED else {}), **(headers or {})},
    )
