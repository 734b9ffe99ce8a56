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
    submission, requests, defaults = Submission.model_validate(event), bootstrap.requests(), environment().defaults
    if submission.renews:
        return flow.accept_renewal(submission.renews, requests=requests, defaults=defaults, clock=utc_now).dump()
    record, work = flow.accept_request(submission, owner=None, requests=requests, defaults=defaults, clock=utc_now)
    if record.state.is_terminal:
        raise RequestEnded(f"Request {record.id} has ended already: {record.state}")
    return work.dump()
