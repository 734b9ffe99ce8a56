from __future__ import annotations

from typing import Any

from greenroom import bootstrap, flow
from greenroom.domain import utc_now
from greenroom.observability import logger
from greenroom.payloads import Success


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001
    success = Success.model_validate(event)
    return {"published": flow.publish_ready(success, requests=bootstrap.requests(), clock=utc_now)}
