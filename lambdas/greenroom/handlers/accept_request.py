from __future__ import annotations

from typing import Any

from greenroom import bootstrap, flow
from greenroom.domain import utc_now
from greenroom.environment import environment
from greenroom.errors import RequestEnded
from greenroom.observability import logger
from greenroom.payloads import Submission


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001
    record, work = flow.accept_request(
        Submission.model_validate(event),
        owner=None,
        requests=bootstrap.requests(),
        defaults=environment().defaults,
        clock=utc_now,
    )
    if record.state.is_terminal:
        raise RequestEnded(f"Request {record.id} has ended already: {record.state}")
    return work.dump()
