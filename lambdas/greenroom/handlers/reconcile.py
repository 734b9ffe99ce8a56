from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.data_classes import EventBridgeEvent

from greenroom import bootstrap, reconciliation
from greenroom.domain import utc_now
from greenroom.environment import environment
from greenroom.observability import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: object) -> dict[str, bool]:  # noqa: ARG001
    settled = reconciliation.reconcile(
        EventBridgeEvent(event).detail,
        requests=bootstrap.requests(),
        defaults=environment().defaults,
        clock=utc_now,
    )
    return {"settled": settled}
