"""The refusals of API Gateway itself, as problem+json: each reads like what the function refuses.

The types and their statuses:
https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
"""

from __future__ import annotations

import json
from http import HTTPStatus

from aws_cdk import aws_apigateway as apigateway

_STATUSES = {
    "ACCESS_DENIED": 403,
    "API_CONFIGURATION_ERROR": 500,
    "AUTHORIZER_CONFIGURATION_ERROR": 500,
    "AUTHORIZER_FAILURE": 500,
    "BAD_REQUEST_BODY": 400,
    "BAD_REQUEST_PARAMETERS": 400,
    "EXPIRED_TOKEN": 403,
    # API Gateway's own default is 504; 502 says that the function answered, and badly.
    "INTEGRATION_FAILURE": 502,
    "INTEGRATION_TIMEOUT": 504,
    "INVALID_API_KEY": 403,
    "INVALID_SIGNATURE": 403,
    "MISSING_AUTHENTICATION_TOKEN": 403,
    "QUOTA_EXCEEDED": 429,
    "REQUEST_TOO_LARGE": 413,
    "RESOURCE_NOT_FOUND": 404,
    "THROTTLED": 429,
    "UNAUTHORIZED": 401,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "WAF_FILTERED": 403,
}
# Types without an answer of their own get these, under any status of the class; so they claim none.
_DEFAULTS = ("DEFAULT_4XX", "DEFAULT_5XX")
# Python 3.11 has 413's former name; RFC 9110 has this one.
_TITLES = {413: "Content Too Large"}
# The stage's token bucket has a token again within a second; a usage plan's quota, within a day at the soonest.
_RETRY_AFTER_SECONDS = {"THROTTLED": 1, "QUOTA_EXCEEDED": 3600}
# What API Gateway says, as a JSON string: it brings its own quotes, and escapes what a signature error may contain.
_SAID = "$context.error.messageString"


def add_gateway_responses(api: apigateway.RestApi) -> None:
    for name, status in _STATUSES.items():
        _add(api, name, {"title": _TITLES.get(status, HTTPStatus(status).phrase), "status": status})
    for name in _DEFAULTS:
        # Without a title too: for `about:blank` it should be the phrase of the status (RFC 9457, 4.2.1).
        _add(api, name, {})


def _add(api: apigateway.RestApi, name: str, known: dict[str, str | int]) -> None:
    headers = {"Cache-Control": "'no-store'", "Content-Type": "'application/problem+json'"}
    if pause := _RETRY_AFTER_SECONDS.get(name):
        headers["Retry-After"] = f"'{pause}'"
    problem = json.dumps({"type": "about:blank", **known, "detail": _SAID})
    api.add_gateway_response(
        name.title().replace("_", ""),
        type=apigateway.ResponseType.of(name),
        status_code=str(known["status"]) if known else None,
        response_headers=headers,
        templates={"application/json": problem.replace(f'"{_SAID}"', _SAID)},
    )
