"""A request that is ready, on top of fakes, with all that its announcement and an attempt at a delivery need."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from greenroom.delivery.attempts import Attempts, Receipt
from greenroom.delivery.message import Delivery
from greenroom.delivery.outbox import Outbox
from greenroom.delivery.patience import Patience
from greenroom.domain.errors import DeliveryError, SecretUnusable
from greenroom.domain.values import RequestState, StreamUrl
from greenroom.record.links import Link
from greenroom.record.model import Record, mark_of
from tests.support.examples import a_body, a_link, a_record, a_stream_url
from tests.support.fakes import NOW, FakeClock, InMemoryRecords, InMemoryStreamUrls
from tests.support.hangs import InMemoryHangs
from tests.support.recorders import (
    RecordingChannel,
    RecordingDeadLetterQueue,
    RecordingExecutions,
    RecordingFrames,
    RecordingQueue,
)

SNS = Delivery("r", {"type": "sns"})
SOCKET = Delivery("r", {"type": "websocket", "connectionId": "c"})
HOOK = Delivery("r", {"type": "webhook", "url": "https://hooks.example"})
# A request that names the three.
EVERYONE = a_body(notify=[SNS.target, SOCKET.target, HOOK.target])
RECEIPT = "receipt"


class UnreadableRecords(InMemoryRecords):
    """Records that cannot be read."""

    def __init__(self, record: Record, error: BaseException) -> None:
        super().__init__(record)
        self.error = error

    def get(self, request_id: str) -> Record | None:  # noqa: ARG002  # no record at all
        raise self.error


class UnwritableRecords(InMemoryRecords):
    """Records that can be read, and cannot keep that a target has had its message."""

    def __init__(self, record: Record, error: Exception) -> None:
        super().__init__(record)
        self.error = error

    def mark_delivered(self, request_id: str, target_key: str) -> None:  # noqa: ARG002  # of no target
        raise self.error


class UnreadableUrls(InMemoryStreamUrls):
    """URLs that cannot be read."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def get(self, request_id: str) -> StreamUrl | None:  # noqa: ARG002  # no URL at all
        raise self.error


class ReadyRequest:
    """A request, its URL, which works for 120 seconds, and channels that take every message, or raise their error."""

    def __init__(self, record: Record | None = None, **errors: Exception) -> None:
        self.records = InMemoryRecords(record or a_record(EVERYONE, state=RequestState.READY))
        self.stream_urls = InMemoryStreamUrls(r=a_stream_url())
        self.channels = {kind: RecordingChannel(errors.get(kind)) for kind in ("bus", "sns", "webhook", "websocket")}
        self.queue, self.letters, self.executions = RecordingQueue(), RecordingDeadLetterQueue(), RecordingExecutions()
        self.clock, self.hangs, self.unavailable = FakeClock(), InMemoryHangs(), 0
        self.links_are_unusable = False

    def _link_to(self, record: Record, now: datetime) -> Link:
        if self.links_are_unusable:
            raise SecretUnusable("The secret under LinkSecretArn has no value")
        return a_link(record, now)

    def attempts(self, *, renewing: bool = False) -> Attempts:
        return Attempts(
            queue=self.queue,
            dead_letters=self.letters,
            records=self.records,
            stream_urls=self.stream_urls,
            channels=self.channels,
            patience=Patience(self.hangs, self.clock, self._count),
            clock=self.clock,
            link_to=self._link_to,
            renew=self.executions if renewing else None,
        )

    def attempt(
        self,
        delivery: Delivery,
        *,
        number: int | None = None,
        receives: int = 1,
        sent_at: datetime = NOW,
        renewing: bool = False,
    ) -> DeliveryError | None:
        """Make an attempt; with `number`, as if it were that one."""
        if number is not None:
            record = self.records.records[delivery.id]
            attempts = {**record.attempts, mark_of(delivery.key): number - 1}
            self.records.records[delivery.id] = replace(record, attempts=attempts)
        return self.attempts(renewing=renewing).make(delivery, Receipt(RECEIPT, receives, sent_at))

    def announce(self, record: Record | None = None) -> None:
        """Announce what is on record, or an earlier version of it; webhooks have no channel there."""
        channels = {kind: channel for kind, channel in self.channels.items() if kind != "webhook"}
        outbox = Outbox(
            channels, self.stream_urls, self.queue, self.records, RecordingFrames(), self.clock, self._link_to
        )
        outbox.announce(record or self.records.records["r"])

    def _count(self) -> None:
        self.unavailable += 1

    def number(self, delivery: Delivery) -> int:
        """How many attempts the record counts."""
        return self.records.records[delivery.id].attempts_at(delivery.key)

    def taken(self, kind: str) -> list[str]:
        """The types of the messages that a channel took."""
        return [message.type for message, _ in self.channels[kind].taken]

    @property
    def pause(self) -> int:
        """For how long the message was hidden after the attempt."""
        _, (receipt, seconds) = self.queue.hidden
        assert receipt == RECEIPT
        return seconds

    @property
    def waits(self) -> bool:
        """Whether the outcome is still to be announced, as the record has it."""
        return self.records.records["r"].due_at is not None

    @property
    def delivered(self) -> frozenset[str]:
        return self.records.records["r"].delivered
