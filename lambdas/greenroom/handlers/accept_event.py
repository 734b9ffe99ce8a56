from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.data_classes import EventBridgeEvent

from greenroom import bootstrap
from greenroom.delivery.rejection import start_or_reject
from greenroom.observability import about, logger

executions, bus, letters = bootstrap.executions(), bootstrap.bus(), bootstrap.rejected_requests()
rules = bootstrap.rules()


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: object) -> None:  # noqa: ARG001
    """Start the flow for a `Stream Requested` event. The event's id names the execution: a repeat starts no second."""
    asked = EventBridgeEvent(event)
    with about(asked.get_id):
        start_or_reject(asked.get_id, asked.detail, rules=rules, executions=executions, bus=bus, letters=letters)
