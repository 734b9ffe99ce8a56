from __future__ import annotations

from typing import Any

from greenroom import bootstrap
from greenroom.delivery.sweeping import sweep_unannounced
from greenroom.domain.values import utc_now
from greenroom.flow.reconciliation import sweep_overdue
from greenroom.handlers.swept import raise_for
from greenroom.observability import logger

records, executions, queue = bootstrap.records(), bootstrap.executions(), bootstrap.delivery_queue()


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: object) -> dict[str, int]:  # noqa: ARG001
    ended = sweep_overdue(records=records, executions=executions, clock=utc_now)
    announced = sweep_unannounced(records=records, queue=queue, clock=utc_now)
    raise_for({**ended.errors, **announced.errors}, "requests")
    return {"ended": ended.count, "announced": announced.count}
