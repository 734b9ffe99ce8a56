from __future__ import annotations

from aws_lambda_powertools.event_handler import Response

from greenroom import bootstrap
from greenroom.api import batches as batches_api
from greenroom.api.input import MAX_BATCH_BYTES
from greenroom.domain.values import utc_now
from greenroom.environment import environment, names
from greenroom.handlers.routes.calls import Calls, tell

calls = Calls()
owners = bootstrap.owners()


@calls.post("/batches")
def create_batch() -> Response[str]:
    body = calls.body(MAX_BATCH_BYTES)
    key = calls.current_event.headers.get("Idempotency-Key")
    return calls.respond(
        batches_api.create(
            calls.asker,
            body,
            key,
            batches=bootstrap.batches(),
            members=bootstrap.members(),
            sources=bootstrap.sources(),
            buckets=names(environment().batch_buckets),
            prefix=environment().batch_prefix,
            runs=bootstrap.batch_runs(),
            owners=owners,
            admission=bootstrap.admission(),
            rules=bootstrap.rules(),
            doors=bootstrap.doors(),
            clock=utc_now,
            limit=bootstrap.batch_limit(),
        )
    )


@calls.get("/batches/<batch_id>")
def show_batch(batch_id: str) -> Response[str]:
    tell(batch_id)
    batches, members = bootstrap.batches(), bootstrap.members()
    return calls.respond(
        batches_api.show(calls.caller, batch_id, batches=batches, members=members, owners=owners, clock=utc_now)
    )


@calls.delete("/batches/<batch_id>")
def cancel_batch(batch_id: str) -> Response[str]:
    tell(batch_id)
    return calls.respond(
        batches_api.cancel(
            calls.caller,
            batch_id,
            batches=bootstrap.batches(),
            members=bootstrap.members(),
            runs=bootstrap.batch_runs(),
            owners=owners,
            clock=utc_now,
        )
    )
