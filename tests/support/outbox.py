"""A request that is ready, on top of fakes, with all that its announcement and an attempt at a delivery need."""

from __future__ import annotations

from functools import partial

from greenroom.delivery.attempts import attempt, deliver
from greenroom.delivery.message import Delivery
from greenroom.delivery.outbox import announce
from greenroom.domain.errors import DeliveryError
from greenroom.domain.values import RequestState, StreamUrl
from greenroom.record.model import Record
from tests.support.examples import a_link, a_record, a_stream_url
from tests.support.fakes import FakeClock, InMemoryRecords, InMemoryStreamUrls
from tests.support.recorders import RecordingChannel, RecordingExecutions, RecordingLetters, RecordingQueue

SNS = Delivery("r", {"type": "sns"})
SOCKET = Delivery("r", {"type": "websocket", "connectionId": "c"})
HOOK = Delivery("r", {"type": "webhook", "url": "https://hooks.example"})
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


class Outbox:
    """A request, its URL, which works for 120 seconds, and channels that take every message, or raise their error."""

    def __init__(self, record: Record | None = None, **errors: Exception) -> None:
        self.records = InMemoryRecords(record or a_record(state=RequestState.READY))
        self.stream_urls = InMemoryStreamUrls(r=a_stream_url())
        self.channels = {kind: RecordingChannel(errors.get(kind)) for kind in ("bus", "sns", "webhook", "websocket")}
        self.queue, self.letters, self.executions = RecordingQueue(), RecordingLetters(), RecordingExecutions()
        self.clock = FakeClock()

    def attempt(self, delivery: Delivery, number: int = 1, *, renewing: bool = False) -> DeliveryError | None:
        made = partial(
            deliver,
            records=self.records,
            stream_urls=self.stream_urls,
            channels=self.channels,
            clock=self.clock,
            link_to=a_link,
            renew=self.executions if renewing else None,
        )
        return attempt(delivery, RECEIPT, number, deliver=made, queue=self.queue, letters=self.letters)

    def announce(self, record: Record | None = None) -> None:
        """Announce what is on record, or an earlier version of it; webhooks have no channel there."""
        announce(
            record or self.records.records["r"],
            channels={kind: channel for kind, channel in self.channels.items() if kind != "webhook"},
            stream_urls=self.stream_urls,
            queue=self.queue,
            records=self.records,
            clock=self.clock,
            link_to=a_link,
        )

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
