from __future__ import annotations

import json
from functools import cache
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response, content_types

from greenroom import bootstrap
from greenroom.api_input import read_body
from greenroom.domain import utc_now
from greenroom.environment import environment, names
from greenroom.errors import (
    BodyTooLarge,
    GreenroomError,
    InvalidRequest,
    RequestConflict,
    StreamGone,
    UnknownRequest,
)
from greenroom.observability import logger
from greenroom.problem import problem
from greenroom.streams_api import Answer, StreamsApi

app = APIGatewayRestResolver()

_STATUS: dict[type[GreenroomError], HTTPStatus] = {
    InvalidRequest: HTTPStatus.BAD_REQUEST,
    UnknownRequest: HTTPStatus.NOT_FOUND,
    RequestConflict: HTTPStatus.CONFLICT,
    StreamGone: HTTPStatus.GONE,
    BodyTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
}


@cache
def _api() -> StreamsApi:
    settings = environment()
    return StreamsApi(
        requests=bootstrap.requests(),
        connections=bootstrap.connections(),
        executions=bootstrap.executions(),
        defaults=settings.defaults,
        administrators=names(settings.administrators),
        clock=utc_now,
    )


@app.post("/streams")
def create() -> Response[str]:
    body = read_body(app.current_event.decoded_body)
    return _respond(_api().create(_caller(), body, app.current_event.headers.get("Idempotency-Key")))


@app.get("/streams/<request_id>")
def show(request_id: str) -> Response[str]:
    return _respond(_api().show(_caller(), request_id))


@app.get("/streams")
def list_own() -> Response[str]:
    return _respond(_api().list(_caller(), app.current_event.query_string_parameters or {}))


@app.post("/streams/<request_id>/claim")
def claim(request_id: str) -> Response[str]:
    return _respond(_api().claim(_caller(), request_id))


@app.delete("/streams/<request_id>")
def cancel(request_id: str) -> Response[str]:
    return _respond(_api().cancel(_caller(), request_id))


@app.exception_handler(list(_STATUS))  # type: ignore[untyped-decorator]
def _refuse(error: GreenroomError) -> Response[str]:
    errors = error.as_dicts() if isinstance(error, InvalidRequest) else ()
    return problem(_STATUS[type(error)], str(error), errors)


@app.not_found
def _no_route(_: Exception) -> Response[str]:
    return problem(HTTPStatus.NOT_FOUND, f"There is nothing at {app.current_event.path}")


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return app.resolve(event, context)


def _base_url() -> str:
    """The URL of the API as the caller knows it: with the stage, or the base path of a custom domain."""
    context = app.current_event.request_context
    return environment().api_url or f"https://{context.domain_name}{(context.path or '').removesuffix('streams')}"


def _caller() -> str:
    return app.current_event.request_context.identity.user_arn or ""


def _respond(answer: Answer) -> Response[str]:
    headers: dict[str, str | list[str]] = dict(answer.headers)
    if "Location" in headers:
        headers["Location"] = _base_url() + str(headers["Location"])
    return Response(answer.status, content_types.APPLICATION_JSON, json.dumps(answer.body), headers)
