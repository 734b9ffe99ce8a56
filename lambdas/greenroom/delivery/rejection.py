"""Telling of a request that was refused where nobody waits for an answer: at the bus and at StartExecution."""

from __future__ import annotations

from typing import Any

from greenroom.delivery.announcements import RejectedData
from greenroom.delivery.channels import Bus, Letters
from greenroom.domain.errors import FieldError, InvalidRequest
from greenroom.flow.executions import Executions
from greenroom.flow.payloads import Rejection
from greenroom.request.rules import Rules
from greenroom.request.stream_request import parse_request

DETAIL_TYPE = "Stream Rejected"


def reject(rejection: Rejection, *, rules: Rules, bus: Bus, letters: Letters) -> None:
    """Announce the rejection on the bus, and keep the request as it came among the rejected ones."""
    errors = list(_field_errors(rejection, rules))
    detail = RejectedData(id=rejection.id, error=rejection.error, message=rejection.message, errors=errors).dump()
    bus.put(DETAIL_TYPE, detail)
    letters.put({"reason": DETAIL_TYPE, **detail, "request": rejection.request})


def start_or_reject(
    request_id: str,
    request: Any,
    *,
    rules: Rules,
    executions: Executions,
    bus: Bus,
    letters: Letters,
) -> None:
    """Start the flow for a request that came as an event, unless it breaks a rule."""
    try:
        parse_request(request, rules)
    except InvalidRequest as error:
        reject(Rejection.of(request_id, request, error), rules=rules, bus=bus, letters=letters)
    else:
        executions.start(request_id, request)


def _field_errors(rejection: Rejection, rules: Rules) -> tuple[FieldError, ...]:
    """Step Functions carries an exception's name and text, not its fields; the same rules give them again."""
    try:
        parse_request(rejection.request, rules)
    except InvalidRequest as error:
        return error.errors
    return ()
