"""From the records to their targets: what changed in the table is announced, or shown to those who watch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import uuid4

from greenroom.delivery.channels import Channel, DeliveryQueue, Frames, hand_over
from greenroom.delivery.message import Delivery, Message, compose, deliveries, progress_frame, tells_of_expiry
from greenroom.domain.errors import DeliveryError, DeliveryFailed, SecretUnusable
from greenroom.domain.values import Clock, RequestState
from greenroom.record.links import LinkTo
from greenroom.record.model import Record, an_offer
from greenroom.record.store import Records, StreamUrls

# An outcome that is older was probably announced before, by an attempt that ended too early to say so.
PROMPTLY = timedelta(seconds=20)


@dataclass(frozen=True)
class Outbox:
    """Takes what changed in the table of records to its targets. `channels`: those that take a message at once."""

    channels: Mapping[str, Channel]
    stream_urls: StreamUrls
    queue: DeliveryQueue
    records: Records
    frames: Frames
    clock: Clock
    link_to: LinkTo

    def pass_on(self, before: Record, after: Record) -> bool:
        """Announce an outcome, the first time or with a fresh URL, or show progress.

        Return whether the request has just ended.
        """
        if not after.state.is_terminal:
            self.show_progress(before, after)
            return False
        self.announce(after)
        return not before.state.is_terminal

    def announce(self, record: Record) -> None:
        """Tell the outcome of a request that has ended to each target that has not had it, once.

        Those of `channels` hear of it now. All other targets are left to the queue, and so is what these do not take, a
        URL that has expired on its way, which may be renewed or told already, and what comes late: it may have been
        told before, which only the record knows by then. So is a request whose link cannot be signed now: it must not
        hold up those of others.

        What comes late comes again and again, for an hour, while the table takes no write. It is queued only once it
        does.
        """
        left = deliveries(record)
        announcement = Announcement(record, self.records, self.channels)
        if self._is_prompt(record):
            now = self.clock()
            with suppress(SecretUnusable):
                link = self.link_to(record, now) if record.waiting_room else None
                message = compose(record, self.stream_urls.get(record.id), now, link)
                if not tells_of_expiry(message, record):
                    announcement.deliver(message, left)
        elif not self.records.still_to_announce(record):
            return
        self.queue.put([each for each in left if each not in announcement.delivered])
        self.records.mark_announced(record, [each.key for each in announcement.delivered], announcement.withdrawn)

    def show_progress(self, before: Record, after: Record) -> None:
        """Send the service's new words to the connections that watch. Best effort: the outcome comes in any case."""
        if before.stream.get("state") == after.stream.get("state"):
            return
        for connection_id in after.watching_connections:
            with suppress(DeliveryError):
                self.frames.post(connection_id, progress_frame(after))

    def _is_prompt(self, record: Record) -> bool:
        now = self.clock()
        if record.due_at is None or now >= record.due_at + PROMPTLY:
            return False
        return record.state is not RequestState.READY or (record.expires_at is not None and now < record.expires_at)


@dataclass
class Announcement:
    """One announcement: the deliveries that it `delivered`, and those of its offers that were refused: `withdrawn`."""

    record: Record
    records: Records
    channels: Mapping[str, Channel]
    delivered: list[Delivery] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)

    def deliver(self, message: Message, deliveries: Sequence[Delivery]) -> None:
        """Hand the message to those that `channels` reach, in turn."""
        token = uuid4().hex[:8]
        ours = {each.key: each for each in deliveries if each.target["type"] in self.channels}
        offers = {key: an_offer(key, token) for key in ours} if message.is_ready else {}
        # If this function dies on its way, the record says which targets may have the message. Where the table takes no
        # write, they would get it again and again.
        records, record = self.records, self.record
        if not (records.note_offers(record, offers.values()) if offers else records.still_to_announce(record)):
            return
        for key, delivery in ours.items():
            try:
                hand_over(message, delivery, self.record, channels=self.channels, records=self.records)
            except DeliveryError as error:
                is_unclear = isinstance(error, DeliveryFailed) and error.is_unclear
                self.withdrawn += [offers[key]] if key in offers and not is_unclear else []
            else:
                self.delivered.append(delivery)
