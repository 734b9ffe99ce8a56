from __future__ import annotations

from typing import Any

from greenroom import bootstrap, flow
from greenroom.domain import utc_now
from greenroom.environment import environment
from greenroom.observability import logger
from greenroom.payloads import Submission


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001
    settings = environment()
    _, work = flow.accept_request(
        Submission.model_validate(event),
        owner=None,
        requests=bootstrap.requests(),
        schedule=settings.schedule,
        deadline_seconds=settings.deadline_seconds,
        clock=utc_now,
    )
    return work.dump()
