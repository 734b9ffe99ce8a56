from __future__ import annotations

from aws_lambda_powertools.event_handler import Response

from greenroom import bootstrap
from greenroom.api import schedules as schedules_api
from greenroom.handlers.routes.calls import Calls

calls = Calls()


@calls.get("/schedules")
def list_schedules() -> Response[str]:
    schedules, records, owners = bootstrap.schedules(), bootstrap.records(), bootstrap.owners()
    return calls.respond(
        schedules_api.list_schedules(calls.caller, schedules=schedules, records=records, owners=owners)
    )
