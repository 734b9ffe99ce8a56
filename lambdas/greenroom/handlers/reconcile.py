from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.data_classes import EventBridgeEvent

from greenroom import bootstrap
from greenroom.domain.values import utc_now
from greenroom.flow.reconciliation import reconcile
from greenroom.observability import about, logger

records, planner, defaults = bootstrap.records(), bootstrap.planner(), bootstrap.defaults()


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: object) -> dict[str, bool]:  # noqa: ARG001
    detail = EventBridgeEvent(event).detail
    with about(detail["name"]):
        return {"settled": reconcile(detail, records=records, planner=planner, defaults=defaults, clock=utc_now)}
