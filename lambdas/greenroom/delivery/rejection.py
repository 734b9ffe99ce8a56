"""Rejections: requests that were refused where nobody waits for an answer, on the bus and at StartExecution."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from greenroom.delivery.announcements import RejectedData
from greenroom.delivery.channels import Bus, DeadLetterQueue
from greenroom.domain.caller import EXECUTION
from greenroom.domain.errors import InvalidRequest, NotAllowed, shortened
from greenroom.flow.admission import Admission
from greenroom.flow.payloads import Rejection
from greenroom.request.rules import Rules
from greenroom.request.stream_request import parse_request

DETAIL_TYPE = "Stream Rejected"
# Step Functions takes 256 KiB, which may be three times as much in the ASCII of a letter; SQS takes 1 MiB. What would
# not fit is kept as the beginning of its text, in which each quote is escaped once more.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
LONGEST_KEPT = 900_000
KEPT_OF_WHAT_IS_LONGER = 400_000
# Of an event, which has 256 KB: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html
_LONGEST_MESSAGE = 10_000


@dataclass(frozen=True)
class Rejections:
    """Announces refused requests: on the bus without the request, in the queue that people read with it."""

    rules: Rules
    admission: Admission
    bus: Bus
    dead_letters: DeadLetterQueue

    def reject(self, rejection: Rejection) -> None:
        """Announce the rejection, and put the request as it came into the queue of rejected requests.

        Raise DeliveryFailed if the bus does not take it: the queue has nothing yet, and the call must be repeated.
        """
        broken = self._broken(rejection)
        detail = RejectedData(
            id=rejection.id,
            error=NotAllowed.__name__ if isinstance(broken, NotAllowed) else rejection.error,
            message=shortened(rejection.message, _LONGEST_MESSAGE),
            errors=list(broken.errors) if broken else [],
        ).dump()
        self.bus.put(DETAIL_TYPE, detail)
        where = {"execution": rejection.execution} if rejection.execution else {}
        self.dead_letters.put({"reason": DETAIL_TYPE, **detail, **where, **_kept("request", rejection.request)})

    def keep(self, message: str, reason: str) -> None:
        """Put a message that is no event into the queue; it has no id under which to announce it."""
        self.dead_letters.put({"reason": reason, **_kept("message", message)})

    def _broken(self, rejection: Rejection) -> InvalidRequest | None:
        """Return the error with its fields, by a second check: Step Functions carries only an error's name and text.

        Events are checked when they are received, so a refused execution was started directly.
        """
        if rejection.errors is not None:
            return InvalidRequest(rejection.errors)
        try:
            request = parse_request(rejection.request, self.rules)
            if rejection.error == InvalidRequest.__name__:
                self.admission.check(EXECUTION, request)
        except InvalidRequest as error:
            return error
        return None


def _kept(name: str, what: Any) -> Mapping[str, Any]:
    text = json.dumps(what)
    return {name: what} if len(text) <= LONGEST_KEPT else {name: text[:KEPT_OF_WHAT_IS_LONGER], "cutFrom": len(text)}
