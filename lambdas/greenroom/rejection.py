"""Telling the world of a request that was refused: nobody waits for an answer at the bus or at StartExecution."""

from __future__ import annotations

from greenroom.callback_hosts import CallbackHosts
from greenroom.errors import FieldError, InvalidRequest
from greenroom.payloads import Refusal
from greenroom.ports import Bus, DeliveryQueue
from greenroom.request import parse_request
from greenroom.wire import Outgoing

DETAIL_TYPE = "Stream Rejected"


class Rejection(Outgoing):
    """A request that was refused; `errors` names each rule that it breaks."""

    id: str
    error: str
    message: str
    errors: list[FieldError]


def reject(refusal: Refusal, *, hosts: CallbackHosts, bus: Bus, queue: DeliveryQueue) -> None:
    """Announce the refusal on the bus, and keep the request as it came in the dead-letter queue."""
    errors = list(_field_errors(refusal, hosts))
    detail = Rejection(id=refusal.id, error=refusal.error, message=refusal.message, errors=errors).dump()
    bus.put(DETAIL_TYPE, detail)
    queue.bury({"reason": DETAIL_TYPE, **detail, "request": refusal.request})


def _field_errors(refusal: Refusal, hosts: CallbackHosts) -> tuple[FieldError, ...]:
    """Step Functions carries an exception's name and text, not its fields; the same rules give them again."""
    try:
        parse_request(refusal.request, hosts)
    except InvalidRequest as error:
        return error.errors
    return ()
