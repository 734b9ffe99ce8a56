from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.data_classes import EventBridgeEvent

from greenroom import bootstrap
from greenroom.observability import errors_logged, logged, logger

runs = bootstrap.batch_runs()


@logged
def handler(event: dict[str, Any], context: object) -> dict[str, bool]:  # noqa: ARG001
    detail = EventBridgeEvent(event).detail
    with logger.append_context_keys(request_id=detail["name"]), errors_logged("reconcile_batch"):
        if closed := runs.reconcile(detail):
            logger.info("Another execution takes over the batch, or closes it")
        return {"closed": closed}
