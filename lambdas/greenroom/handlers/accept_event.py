from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.data_classes import EventBridgeEvent

from greenroom import bootstrap
from greenroom.environment import environment
from greenroom.errors import InvalidRequest
from greenroom.observability import logger
from greenroom.payloads import Refusal
from greenroom.rejection import reject
from greenroom.request import parse_request


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: object) -> None:  # noqa: ARG001
    """Start the flow for a `Stream Requested` event. The event's id names the execution: a repeat starts no second."""
    request, hosts = EventBridgeEvent(event), environment().hosts
    try:
        parse_request(request.detail, hosts)
    except InvalidRequest as error:
        refusal = Refusal.of(request.get_id, request.detail, error)
        reject(refusal, hosts=hosts, bus=bootstrap.bus(), queue=bootstrap.delivery_queue())
    else:
        bootstrap.executions().start(request.get_id, request.detail)
