from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.data_classes import EventBridgeEvent

from greenroom import bootstrap
from greenroom.domain.values import utc_now
from greenroom.flow.batch_runs import reconcile_batch
from greenroom.observability import errors_logged, logged, logger

batches, runs = bootstrap.batches(), bootstrap.batch_runs()


@logged
def handler(event: dict[str, Any], context: object) -> dict[str, bool]:  # noqa: ARG001
    detail = EventBridgeEvent(event).detail
    with logger.append_context_keys(request_id=detail["name"]), errors_logged("reconcile_batch"):
        if closed := reconcile_batch(detail, batches=batches, runs=runs, clock=utc_now):
            logger.info("Another execution takes over the batch, or closes it")
        return {"closed": closed}
