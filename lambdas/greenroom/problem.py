"""Errors of the API as `application/problem+json` (RFC 9457)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Literal

from aws_lambda_powertools.event_handler import Response

from greenroom.errors import FieldError
from greenroom.wire import Outgoing

CONTENT_TYPE = "application/problem+json"


class Problem(Outgoing):
    """What is wrong with a call (RFC 9457). `errors` names each broken rule of a request."""

    type: Literal["about:blank"]
    title: str
    status: int
    detail: str
    errors: list[FieldError] | None = None


def problem(
    status: HTTPStatus,
    detail: str,
    errors: Sequence[Mapping[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> Response[str]:
    """`errors` lists broken rules as `{"field", "detail"}`."""
    body = Problem(
        type="about:blank",
        title=status.phrase,
        status=status.value,
        detail=detail,
        errors=[FieldError(**error) for error in errors] or None,
    )
    return Response(
        status_code=status.value,
        content_type=CONTENT_TYPE,
        body=json.dumps(body.dump()),
        headers=dict(headers or {}),
    )
