from __future__ import annotations

from typing import Any

from greenroom import bootstrap
from greenroom.environment import environment
from greenroom.observability import logger
from greenroom.payloads import Refusal
from greenroom.rejection import reject


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: object) -> None:  # noqa: ARG001
    reject(
        Refusal.model_validate(event),
        hosts=environment().hosts,
        bus=bootstrap.bus(),
        queue=bootstrap.delivery_queue(),
    )
