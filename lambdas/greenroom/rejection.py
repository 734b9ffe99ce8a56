"""Telling the world of a request that was refused: nobody waits for an answer at the bus or at StartExecution."""

from __future__ import annotations

from dataclasses import asdict

from greenroom.callback_hosts import CallbackHosts
from greenroom.errors import FieldError, InvalidRequest
from greenroom.payloads import Refusal
from greenroom.ports import Bus, DeliveryQueue
from greenroom.request import parse_request

DETAIL_TYPE = "Stream Rejected"


def reject(refusal: Refusal, *, hosts: CallbackHosts, bus: Bus, queue: DeliveryQueue) -> None:
    """Announce the refusal on the bus, and keep the request as it came in the dead-letter queue."""
    errors = [asdict(error) for error in _field_errors(refusal, hosts)]
    detail = {"id": refusal.id, "error": refusal.error, "message": refusal.message, "errors": errors}
    bus.put(DETAIL_TYPE, detail)
    queue.bury({"reason": DETAIL_TYPE, **detail, "request": refusal.request})


def _field_errors(refusal: Refusal, hosts: CallbackHosts) -> tuple[FieldError, ...]:
    """Step Functions carries an exception's name and text, not its fields; the same rules give them again."""
    try:
        parse_request(refusal.request, hosts)
    except InvalidRequest as error:
        return error.errors
    return ()
