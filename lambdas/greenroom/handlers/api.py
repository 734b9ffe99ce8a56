from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response, content_types

from greenroom import bootstrap
from greenroom.api import batches as batches_api
from greenroom.api import schedules as schedules_api
from greenroom.api import streams
from greenroom.api.answer import Answer
from greenroom.api.input import MAX_BATCH_BYTES, read_body
from greenroom.api.problem import problem, problem_of
from greenroom.domain.errors import GreenroomError
from greenroom.domain.values import utc_now
from greenroom.environment import environment, names
from greenroom.observability import logger

app = APIGatewayRestResolver()
records, stream_urls, executions = bootstrap.records(), bootstrap.stream_urls(), bootstrap.executions()
planner, defaults, owners = bootstrap.planner(), bootstrap.defaults(), bootstrap.owners()


@app.post("/streams")
def create() -> Response[str]:
    body = read_body(app.current_event.decoded_body)
    key = app.current_event.headers.get("Idempotency-Key")
    return _respond(
        streams.create(
            _caller(),
            body,
            key,
            records=records,
            executions=executions,
            owners=owners,
            planner=planner,
            defaults=defaults,
            clock=utc_now,
        )
    )


@app.get("/streams/<request_id>")
def show(request_id: str) -> Response[str]:
    logger.append_keys(request_id=request_id)
    return _respond(
        streams.show(
            _caller(),
            request_id,
            records=records,
            stream_urls=stream_urls,
            owners=owners,
            clock=utc_now,
        )
    )


@app.get("/streams")
def list_own() -> Response[str]:
    query = app.current_event.query_string_parameters or {}
    return _respond(streams.list_own(_caller(), query, records=records, members=bootstrap.members(), owners=owners))


@app.post("/streams/<request_id>/claim")
def claim(request_id: str) -> Response[str]:
    logger.append_keys(request_id=request_id)
    return _respond(
        streams.claim(_caller(), request_id, records=records, stream_urls=stream_urls, owners=owners, clock=utc_now)
    )


@app.delete("/streams/<request_id>")
def cancel(request_id: str) -> Response[str]:
    logger.append_keys(request_id=request_id)
    return _respond(
        streams.cancel(_caller(), request_id, records=records, executions=executions, owners=owners, clock=utc_now)
    )


@app.post("/batches")
def create_batch() -> Response[str]:
    body = read_body(app.current_event.decoded_body, MAX_BATCH_BYTES)
    key = app.current_event.headers.get("Idempotency-Key")
    return _respond(
        batches_api.create(
            _caller(),
            body,
            key,
            batches=bootstrap.batches(),
            members=bootstrap.members(),
            sources=bootstrap.sources(),
            buckets=names(environment().batch_buckets),
            runs=bootstrap.batch_runs(),
            owners=owners,
            rules=bootstrap.rules(),
            clock=utc_now,
        )
    )


@app.get("/batches/<batch_id>")
def show_batch(batch_id: str) -> Response[str]:
    logger.append_keys(request_id=batch_id)
    batches, members = bootstrap.batches(), bootstrap.members()
    return _respond(
        batches_api.show(_caller(), batch_id, batches=batches, members=members, owners=owners, clock=utc_now)
    )


@app.delete("/batches/<batch_id>")
def cancel_batch(batch_id: str) -> Response[str]:
    logger.append_keys(request_id=batch_id)
    return _respond(
        batches_api.cancel(
            _caller(),
            batch_id,
            batches=bootstrap.batches(),
            members=bootstrap.members(),
            runs=bootstrap.batch_runs(),
            owners=owners,
            clock=utc_now,
        )
    )


@app.get("/schedules")
def list_schedules() -> Response[str]:
    return _respond(schedules_api.list_schedules(schedules=bootstrap.schedules()))


@app.exception_handler(GreenroomError)  # type: ignore[untyped-decorator]
def _refuse(error: GreenroomError) -> Response[str]:
    return problem_of(error)


@app.not_found
def _no_route(_: Exception) -> Response[str]:
    return problem(HTTPStatus.NOT_FOUND, f"There is nothing at {app.current_event.path}")


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return app.resolve(event, context)


def _base_url() -> str:
    """The URL of the API as the caller knows it: with the stage, or the base path of a custom domain."""
    context = app.current_event.request_context
    return environment().api_url or f"https://{context.domain_name}{_before_the_collection(context.path or '')}"


def _before_the_collection(path: str) -> str:
    """Only the calls that make something tell where it is."""
    return path.removesuffix("streams").removesuffix("batches")


def _caller() -> str:
    return app.current_event.request_context.identity.user_arn or ""


def _respond(answer: Answer) -> Response[str]:
    headers: dict[str, str | list[str]] = dict(answer.headers)
    if "Location" in headers:
        headers["Location"] = _base_url() + str(headers["Location"])
    return Response(answer.status, content_types.APPLICATION_JSON, json.dumps(answer.body), headers)
