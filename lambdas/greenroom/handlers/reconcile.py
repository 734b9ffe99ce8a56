from __future__ import annotations

from functools import partial
from typing import Any

from aws_lambda_powertools.utilities.data_classes import EventBridgeEvent

from greenroom import bootstrap
from greenroom.domain.values import utc_now
from greenroom.flow import reconciliation
from greenroom.observability import about, errors_logged, logged

reconcile = partial(
    reconciliation.reconcile,
    records=bootstrap.records(),
    admission=bootstrap.admission(),
    executions=bootstrap.executions(),
    planner=bootstrap.planner(),
    defaults=bootstrap.defaults(),
    rejections=bootstrap.rejections(),
    clock=utc_now,
)


@logged
def handler(event: dict[str, Any], context: object) -> dict[str, bool]:  # noqa: ARG001
    detail = EventBridgeEvent(event).detail
    with about(detail["name"]), errors_logged("reconcile"):
        return {"settled": reconcile(detail)}
