from __future__ import annotations

from typing import Any

from greenroom import bootstrap
from greenroom.delivery.sweeping import sweep_unannounced
from greenroom.domain.values import utc_now
from greenroom.flow.reconciliation import sweep_overdue
from greenroom.observability import logger

records, executions, queue = bootstrap.records(), bootstrap.executions(), bootstrap.delivery_queue()


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: object) -> dict[str, int]:  # noqa: ARG001
    ended = sweep_overdue(records=records, executions=executions, clock=utc_now)
    announced = sweep_unannounced(records=records, queue=queue, clock=utc_now)
    if errors := [*ended.errors, *announced.errors]:
        raise ExceptionGroup("Some requests could not be swept; the next run tries them again", errors)
    return {"ended": ended.count, "announced": announced.count}
