from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.data_classes import EventBridgeEvent

from greenroom import bootstrap
from greenroom.observability import about, errors_logged, logged

reconciliation = bootstrap.reconciliation()


@logged
def handler(event: dict[str, Any], context: object) -> dict[str, bool]:  # noqa: ARG001
    detail = EventBridgeEvent(event).detail
    with about(detail["name"]), errors_logged("reconcile"):
        return {"settled": reconciliation.reconcile(detail)}
