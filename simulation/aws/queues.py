"""SQS, and Lambda's pollers of it: messages that are handed out late, twice, and again after their visibility."""

from __future__ import annotations

import hashlib
from bisect import bisect_left, insort
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from typing import Any

from sfnx.testing import Failure

from simulation.network import Request, Response, ServiceError, answered, failed
from simulation.payloads import QUEUE_BYTES
from simulation.scheduler import Scheduler
from simulation.weather import Weather


@dataclass
class Message:
    """The `number`-th message of a queue. `receives`: how often it was handed out."""

    number: int
    id: str
    body: str
    sent_at: float
    visible_at: float
    receives: int = 0
    receipt: str = ""
    is_gone: bool = False


@dataclass(frozen=True)
class Consumer:
    """The function that takes a queue's messages, by its event source mapping."""

    function: str
    batch_size: int
    max_concurrency: int


class Queue:
    """A queue of the template."""

    def __init__(self, name: str, properties: Mapping[str, Any], scheduler: Scheduler, weather: Weather) -> None:
        self.name = name
        self._messages: dict[str, Message] = {}
        # In the order in which they can be seen: there are ten thousands of them in a burst.
        self._visible: list[Message] = []
        self.ever: list[str] = []
        """The body of every message that was ever sent."""
        self._visibility = float(properties.get("VisibilityTimeout", 30))
        policy = properties.get("RedrivePolicy", {})
        self._most_receives = int(policy.get("maxReceiveCount", 1 << 30))
        self.dead_letters_arn = policy.get("deadLetterTargetArn")
        self.dead_letters: Queue | None = None
        self._scheduler = scheduler
        self._weather = weather
        self._consumer: Consumer | None = None
        self._call: Callable[[str, Any], Any] | None = None
        self._under_way = 0
        # Lambda reads no more than the mapping may have under way, and these wait, visible, for one that ends:
        # https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
        self._waiting: deque[Message] = deque()
        self._ids = count(1)

    @property
    def messages(self) -> list[Message]:
        return list(self._messages.values())

    @property
    def is_fed(self) -> bool:
        """Whether a function takes its messages."""
        return self._consumer is not None

    def feed(self, consumer: Consumer, call: Callable[[str, Any], Any]) -> None:
        self._consumer, self._call = consumer, call

    def put(self, body: str) -> str:
        """Take a message, which is handed out soon; SQS may take its time, and hand it out twice."""
        if len(body.encode()) > QUEUE_BYTES:
            raise ServiceError("InvalidParameterValue", "The message is larger than 1 MiB")
        now = self._scheduler.elapsed
        number = next(self._ids)
        message = Message(number, f"{self.name}-{number}", body, now, now)
        self.ever.append(body)
        self._messages[message.id] = message
        if self._consumer:
            fault = self._weather.fault(f"queue {self.name}", ("delayed", "twice", "used up"))
            poll = self._weather.between(f"queue {self.name} hands out", 0.02, 0.4)
            delay = self._weather.between(f"queue {self.name} delays", 30, 3600) if fault == "delayed" else 0.0
            if fault == "used up":
                # As often handed out as the queue allows, but for a few: throttled calls of the function count.
                message.receives = self._most_receives - 30
            self._show(message, delay, poll)
            if fault == "twice":
                self._scheduler.spawn(lambda: self._hand_out_again(message), delay + poll + 0.3)
        return message.id

    def hide(self, receipt: str, seconds: float) -> None:
        found = self._messages.get(receipt.rpartition("/")[0])
        if found and found.receipt == receipt:
            self._show(found, seconds)

    def _show(self, message: Message, after: float, poll: float = 0.0) -> None:
        """Make a message visible; it is handed out at the next poll, with what else is visible then."""
        self._forget_place(message)
        message.visible_at = self._scheduler.elapsed + after
        if self._messages.get(message.id) is message:
            insort(self._visible, message, key=_place)
        self._scheduler.spawn(lambda: self._hand_out(message), after + poll)

    def _hand_out(self, message: Message) -> None:
        """Hand a message out, if it is visible, with others that are, as soon as one more batch may be under way."""
        if self._consumer is None or not self._is_visible(message):
            return
        if self._under_way >= self._consumer.max_concurrency:
            self._waiting.append(message)
            return
        size = self._consumer.batch_size
        visible = bisect_left(self._visible, (self._scheduler.elapsed + 1e-6, 0), key=_place)
        others = [each for each in self._visible[: min(visible, size)] if each.id != message.id]
        taken = [each for each in (message, *others[: size - 1]) if self._take(each)]
        if taken:
            self._under_way += 1
            try:
                self._handle(taken)
            finally:
                self._under_way -= 1
        self._hand_out_next()

    def _hand_out_next(self) -> None:
        while self._waiting:
            message = self._waiting.popleft()
            if self._is_visible(message):
                self._scheduler.spawn(partial(self._hand_out, message))
                return

    def _is_visible(self, message: Message) -> bool:
        return not message.is_gone and message.visible_at <= self._scheduler.elapsed + 1e-6

    def _hand_out_again(self, message: Message) -> None:
        """Hand out another copy of a message that is hidden, or gone: SQS keeps several."""
        self._hand_out(replace(message, visible_at=self._scheduler.elapsed, is_gone=False))

    def _take(self, message: Message) -> bool:
        message.receives += 1
        message.receipt = f"{message.id}/{message.receives}"
        if message.receives > self._most_receives:
            self._remove(message)
            if self.dead_letters:
                self.dead_letters.put(message.body)
            return False
        self._show(message, self._visibility)
        return True

    def _handle(self, batch: list[Message]) -> None:
        assert self._consumer and self._call  # noqa: PT018, S101
        receipts = {each.id: each.receipt for each in batch}
        try:
            answer = self._call(self._consumer.function, {"Records": [self._record(each) for each in batch]})
        except Failure:
            return
        again = {each["itemIdentifier"] for each in answer["batchItemFailures"]}
        if self._weather.fault(f"queue {self.name} deletes", ("lost",)):
            return
        for each in batch:
            if each.id not in again and each.receipt == receipts[each.id]:
                self._remove(each)

    def _remove(self, message: Message) -> None:
        message.is_gone = True
        if kept := self._messages.pop(message.id, None):
            self._forget_place(kept)

    def _forget_place(self, message: Message) -> None:
        at = bisect_left(self._visible, _place(message), key=_place)
        if at < len(self._visible) and self._visible[at] is message:
            del self._visible[at]

    def _record(self, message: Message) -> Mapping[str, Any]:
        start = self._scheduler.now - self._scheduler.elapsed
        return {
            "messageId": message.id,
            "receiptHandle": message.receipt,
            "body": message.body,
            "attributes": {
                "ApproximateReceiveCount": str(message.receives),
                "SentTimestamp": str(round((start + message.sent_at) * 1000)),
            },
            "messageAttributes": {},
            "eventSource": "aws:sqs",
        }


def _place(message: Message) -> tuple[float, int]:
    return message.visible_at, message.number


class Queues:
    """The queues of a template, by URL and by ARN."""

    def __init__(self, queues: Mapping[str, Queue], by_arn: Mapping[str, Queue]) -> None:
        self._queues = queues
        self._by_arn = by_arn
        for queue in queues.values():
            queue.dead_letters = by_arn.get(queue.dead_letters_arn or "")

    def __getitem__(self, name: str) -> Queue:
        return next(queue for queue in self._queues.values() if queue.name == name)

    def by_arn(self, arn: str) -> Queue:
        return self._by_arn[arn]

    def all(self) -> list[Queue]:
        return list(self._queues.values())

    def answer(self, request: Request) -> Response:
        asked = request.json()
        queue = self._queues[asked["QueueUrl"]]
        try:
            match request.operation:
                case "SendMessage":
                    message_id = queue.put(asked["MessageBody"])
                    digest = hashlib.md5(asked["MessageBody"].encode(), usedforsecurity=False).hexdigest()
                    return answered({"MessageId": message_id, "MD5OfMessageBody": digest})
                case "ChangeMessageVisibility":
                    queue.hide(asked["ReceiptHandle"], asked["VisibilityTimeout"])
                    return answered({})
        except ServiceError as error:
            return failed(error)
        raise NotImplementedError(request.operation)
