"""Telling of a request that was refused where nobody waits for an answer: at the bus and at StartExecution."""

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
    """Hears of refused requests: the bus, without the request, and the queue that people read, with it."""

    rules: Rules
    admission: Admission
    bus: Bus
    dead_letters: DeadLetterQueue

    def reject(self, rejection: Rejection) -> None:
        """Announce the rejection, and keep the request as it came.

        DeliveryFailed when the bus does not take it: nothing is kept yet, and the call is to be made again.
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
        """Keep a message that is no event: it has no id under which anybody could be told."""
        self.dead_letters.put({"reason": reason, **_kept("message", message)})

    def _broken(self, rejection: Rejection) -> InvalidRequest | None:
        """Step Functions carries an exception's name and text, not its fields; the same rules give them again.

        An event is judged at its own door, so the sender of an execution that is refused is known.
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
