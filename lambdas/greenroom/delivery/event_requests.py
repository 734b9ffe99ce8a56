"""Requests that come as events: taken from the queue that they wait in, and started at the pace of Step Functions."""

from __future__ import annotations

import json
import random
import re
from dataclasses import dataclass
from typing import Any

from greenroom.delivery.channels import Hidden
from greenroom.delivery.rejection import Rejections
from greenroom.domain.errors import InvalidRequest, NameTaken
from greenroom.flow.admission import Admission
from greenroom.flow.executions import Executions
from greenroom.flow.payloads import Rejection
from greenroom.request.rules import Rules
from greenroom.request.stream_request import parse_request

# Each starts some fifteen executions a second: together, about what the largest regions let in (300 a second).
# https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
AT_ONCE = 20
# SQS's most. A throttled call of the function counts as a receive, after which the message is hidden for the whole
# timeout, and one that fails is hidden for a pause: either way, so many of them take four to five days. Then the event
# is among the rejected requests, for the rest of the two weeks that SQS counts from its first send. If the retention of
# its queue came first, it would be nowhere.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
MAX_RECEIVES = 1_000
HIDDEN_SECONDS = 360
FIRST_PAUSE_SECONDS = 2.0
LONGEST_PAUSE_SECONDS = 900.0
NO_EVENT = "The message is no event of the bus"
# EventBridge chooses the id of an event, which names the execution. A writer to the queue must not be able to choose
# one that a request will need: the name of a batch's member, of a renewal, of a request with a key.
# https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html
_EVENT_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Asked:
    """A `Stream Requested` event: its id, which names the execution, and its detail."""

    id: str
    detail: Any

    @classmethod
    def read(cls, message: str) -> Asked | None:
        """Read a message; None if it is not an event."""
        try:
            event = json.loads(message)
        except (ValueError, RecursionError):
            return None
        if not (isinstance(event, dict) and "detail" in event and _EVENT_ID.fullmatch(str(event.get("id")))):
            return None
        return cls(event["id"], event["detail"])


@dataclass(frozen=True)
class EventRequests:
    """`queue`: where a message can be hidden for a while."""

    rules: Rules
    admission: Admission
    executions: Executions
    rejections: Rejections
    queue: Hidden

    def take(self, asked: Asked, receipt: str, number: int) -> None:
        """Start the flow for the event of a message that was received for the `number`th time (from 1), or reject it.

        A repeat under the same id starts no second execution. Whatever is raised, ThrottlingException or another
        error, the message comes again after a pause.
        """
        try:
            self._start_or_reject(asked)
        except Exception:
            self.queue.hide(receipt, pause(number))
            raise

    def _start_or_reject(self, asked: Asked) -> None:
        try:
            self.admission.take_event(asked.id, parse_request(asked.detail, self.rules))
        except InvalidRequest as error:
            self.rejections.reject(Rejection.of(asked.id, asked.detail, error))
            return
        try:
            self.executions.start(asked.id, asked.detail)
        except NameTaken as taken:
            self.rejections.reject(Rejection(asked.id, type(taken).__name__, str(taken), asked.detail))


def pause(number: int) -> int:
    """Return whole seconds until a message comes again: exponential, full jitter."""
    ceiling = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2.0 ** min(number - 1, 10))
    return round(random.uniform(1, ceiling))  # noqa: S311  # spreads load; guards nothing
