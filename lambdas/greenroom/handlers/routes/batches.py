from __future__ import annotations

from aws_lambda_powertools.event_handler import Response

from greenroom import bootstrap
from greenroom.api.input import MAX_BATCH_BYTES
from greenroom.handlers.routes.calls import Calls, tell

calls = Calls()


@calls.post("/batches")
def create_batch() -> Response[str]:
    body, key = calls.body(MAX_BATCH_BYTES), calls.current_event.headers.get("Idempotency-Key")
    return calls.respond(bootstrap.batch_calls().create(calls.asker, body, key))


@calls.get("/batches/<batch_id>")
def show_batch(batch_id: str) -> Response[str]:
    tell(batch_id)
    return calls.respond(bootstrap.batch_calls().show(calls.caller, batch_id))


@calls.delete("/batches/<batch_id>")
def cancel_batch(batch_id: str) -> Response[str]:
    tell(batch_id)
    return calls.respond(bootstrap.batch_calls().cancel(calls.caller, batch_id))
