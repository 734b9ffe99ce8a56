from __future__ import annotations

from typing import Any

from greenroom import bootstrap, reconciliation
from greenroom.domain import utc_now
from greenroom.observability import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: object) -> dict[str, int]:  # noqa: ARG001
    swept = reconciliation.sweep(requests=bootstrap.requests(), executions=bootstrap.executions(), clock=utc_now)
    return {"swept": swept}
