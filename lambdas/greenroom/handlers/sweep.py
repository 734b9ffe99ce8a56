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
    if errors := [*ended.errors.items(), *announced.errors.items()]:
        for request_id, error in errors:
            extra = {"request_id": request_id, "reason": str(error)}
            logger.error(f"The sweep met {type(error).__name__}", extra=extra)
        # Of the errors in a group, Lambda's own line shows nothing.
        message = "Some requests could not be swept; the next run tries them again"
        raise ExceptionGroup(message, [error for _, error in errors])
    return {"ended": ended.count, "announced": announced.count}
