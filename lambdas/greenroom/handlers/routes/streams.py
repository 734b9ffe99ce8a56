from __future__ import annotations

from functools import partial

from aws_lambda_powertools.event_handler import Response

from greenroom import bootstrap
from greenroom.handlers.routes.calls import Calls, tell
from greenroom.observability import logger
from greenroom.record import links

calls = Calls()
streams = bootstrap.stream_calls()


@calls.post("/streams")
def create() -> Response[str]:
    body, key = calls.body(), calls.current_event.headers.get("Idempotency-Key")
    answer = streams.create(calls.asker, body, key)
    tell(answer.body["id"])
    logger.info("create is done")
    return calls.respond(answer)


@calls.get("/streams/<request_id>")
def show(request_id: str) -> Response[str]:
    tell(request_id)
    return calls.respond(streams.show(calls.caller, request_id))


@calls.get("/streams")
def list_own() -> Response[str]:
    return calls.respond(streams.list_own(calls.caller, calls.current_event.query_string_parameters or {}))


@calls.post("/streams/<request_id>/claim")
def claim(request_id: str) -> Response[str]:
    tell(request_id)
    return calls.respond(streams.claim(calls.caller, request_id))


@calls.post("/streams/<request_id>/waiting-room")
def invite(request_id: str) -> Response[str]:
    tell(request_id)
    link_to = partial(links.link_to, links=bootstrap.links(), api_url=calls.base_url)
    return calls.respond(streams.waiting_room(calls.caller, request_id, link_to))


@calls.delete("/streams/<request_id>/waiting-room")
def revoke(request_id: str) -> Response[str]:
    tell(request_id)
    return calls.respond(streams.revoke_waiting_room(calls.caller, request_id))


@calls.delete("/streams/<request_id>")
def cancel(request_id: str) -> Response[str]:
    tell(request_id)
    return calls.respond(streams.cancel(calls.caller, request_id))
