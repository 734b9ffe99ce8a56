from __future__ import annotations

from functools import partial

from aws_lambda_powertools.event_handler import Response

from greenroom import bootstrap
from greenroom.api import streams
from greenroom.domain.values import utc_now
from greenroom.handlers.routes.calls import Calls, tell
from greenroom.observability import logger
from greenroom.record import links

calls = Calls()
records, stream_urls, executions = bootstrap.records(), bootstrap.stream_urls(), bootstrap.executions()
planner, defaults, owners = bootstrap.planner(), bootstrap.defaults(), bootstrap.owners()


@calls.post("/streams")
def create() -> Response[str]:
    body = calls.body()
    key = calls.current_event.headers.get("Idempotency-Key")
    answer = streams.create(
        calls.asker,
        body,
        key,
        records=records,
        admission=bootstrap.admission(),
        executions=executions,
        owners=owners,
        planner=planner,
        defaults=defaults,
        doors=bootstrap.doors(),
        clock=utc_now,
        limit=bootstrap.pending_limit(),
    )
    tell(answer.body["id"])
    logger.info("create is done")
    return calls.respond(answer)


@calls.get("/streams/<request_id>")
def show(request_id: str) -> Response[str]:
    tell(request_id)
    return calls.respond(
        streams.show(
            calls.caller,
            request_id,
            records=records,
            stream_urls=stream_urls,
            owners=owners,
            clock=utc_now,
        )
    )


@calls.get("/streams")
def list_own() -> Response[str]:
    query = calls.current_event.query_string_parameters or {}
    batches, members = bootstrap.batches(), bootstrap.members()
    return calls.respond(
        streams.list_own(calls.caller, query, records=records, batches=batches, members=members, owners=owners)
    )


@calls.post("/streams/<request_id>/claim")
def claim(request_id: str) -> Response[str]:
    tell(request_id)
    return calls.respond(
        streams.claim(
            calls.caller,
            request_id,
            records=records,
            stream_urls=stream_urls,
            owners=owners,
            clock=utc_now,
        )
    )


@calls.post("/streams/<request_id>/waiting-room")
def invite(request_id: str) -> Response[str]:
    tell(request_id)
    link_to = partial(links.link_to, links=bootstrap.links(), api_url=calls.base_url)
    return calls.respond(
        streams.waiting_room(calls.caller, request_id, records=records, owners=owners, link_to=link_to, clock=utc_now)
    )


@calls.delete("/streams/<request_id>/waiting-room")
def revoke(request_id: str) -> Response[str]:
    tell(request_id)
    return calls.respond(streams.revoke_waiting_room(calls.caller, request_id, records=records, owners=owners))


@calls.delete("/streams/<request_id>")
def cancel(request_id: str) -> Response[str]:
    tell(request_id)
    return calls.respond(
        streams.cancel(
            calls.caller,
            request_id,
            records=records,
            executions=executions,
            owners=owners,
            clock=utc_now,
        )
    )
