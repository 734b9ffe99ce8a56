from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response, content_types
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent

from greenroom import bootstrap
from greenroom.api import batches as batches_api
from greenroom.api import schedules as schedules_api
from greenroom.api import streams
from greenroom.api.answer import Answer
from greenroom.api.input import MAX_BATCH_BYTES, read_body
from greenroom.api.problem import problem, problem_of
from greenroom.api.waiting_room import calls as waiting_room
from greenroom.api.waiting_room.page import CONTENT_TYPE
from greenroom.domain.errors import GreenroomError
from greenroom.domain.values import utc_now
from greenroom.environment import environment, names
from greenroom.observability import logger
from greenroom.record import links
from greenroom.tracing import annotate

app = APIGatewayRestResolver()
records, stream_urls, executions = bootstrap.records(), bootstrap.stream_urls(), bootstrap.executions()
planner, defaults, owners = bootstrap.planner(), bootstrap.defaults(), bootstrap.owners()


@app.post("/streams")
def create() -> Response[str]:
    body = read_body(app.current_event.decoded_body)
    key = app.current_event.headers.get("Idempotency-Key")
    answer = streams.create(
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
    _tell(answer.body["id"])
    logger.info("create is done")
    return _respond(answer)


@app.get("/streams/<request_id>")
def show(request_id: str) -> Response[str]:
    _tell(request_id)
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
    _tell(request_id)
    return _respond(
        streams.claim(_caller(), request_id, records=records, stream_urls=stream_urls, owners=owners, clock=utc_now)
    )


@app.post("/streams/<request_id>/waiting-room")
def invite(request_id: str) -> Response[str]:
    _tell(request_id)
    link_to = partial(links.link_to, links=bootstrap.links(), api_url=base_url(app.current_event))
    return _respond(
        streams.waiting_room(_caller(), request_id, records=records, owners=owners, link_to=link_to, clock=utc_now)
    )


@app.get("/waiting-room")
def show_room() -> Response[str]:
    page = bootstrap.waiting_room_page()
    return Response(HTTPStatus.OK, CONTENT_TYPE, page.html, dict(page.headers))


@app.get("/waiting-room/stream")
def show_in_room() -> Response[str]:
    return _respond(_in_room(waiting_room.show))


@app.post("/waiting-room/stream/claim")
def claim_in_room() -> Response[str]:
    return _respond(_in_room(waiting_room.claim))


def _in_room(call: Callable[..., Answer]) -> Answer:
    authorization = app.current_event.headers.get("Authorization")
    return call(authorization, links=bootstrap.links(), records=records, stream_urls=stream_urls, clock=utc_now)


@app.delete("/streams/<request_id>")
def cancel(request_id: str) -> Response[str]:
    _tell(request_id)
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


def base_url(event: APIGatewayProxyEvent) -> str:
    """The URL of the API as the caller knows it: with the stage, or the base path of a custom domain."""
    before = (event.request_context.path or "").split("/")[: -event.resource.count("/")]
    return environment().api_url or f"https://{event.request_context.domain_name}{'/'.join(before)}/"


def _caller() -> str:
    return app.current_event.request_context.identity.user_arn or ""


def _tell(request_id: str) -> None:
    """Put the request's id into every further line of this call, and into its trace."""
    logger.append_keys(request_id=request_id)
    annotate(request_id=request_id)


def _respond(answer: Answer) -> Response[str]:
    headers: dict[str, str | list[str]] = dict(answer.headers)
    if "Location" in headers:
        headers["Location"] = base_url(app.current_event) + str(headers["Location"])
    return Response(answer.status, content_types.APPLICATION_JSON, json.dumps(answer.body), headers)
