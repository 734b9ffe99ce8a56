from __future__ import annotations

from typing import Any

from greenroom import bootstrap, flow
from greenroom.observability import logger
from greenroom.payloads import Task


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: object) -> dict[str, str]:  # noqa: ARG001
    task = Task.model_validate(event)
    return flow.connect_stream(task, provider=bootstrap.provider(), connections=bootstrap.connections())
