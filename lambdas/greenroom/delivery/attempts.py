"""Attempts at handing an outcome over: to every target once, again after a failure, never later than makes sense."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import uuid4

from greenroom.delivery.channels import Channel, DeadLetterQueue, DeliveryQueue, hand_over
from greenroom.delivery.message import BUS_TARGET, READY, Delivery, Message, compose, tells_of_expiry
from greenroom.delivery.patience import Patience, Turn
from greenroom.domain.errors import DeliveryError, DeliveryFailed, DeliveryRefused, NameTaken, SecretUnusable
from greenroom.domain.values import Clock, Renewal, RequestState, seconds_until
from greenroom.flow.executions import Executions, renewal_name
from greenroom.record.links import LinkTo
from greenroom.record.model import Record, an_offer
from greenroom.record.store import Records, StreamUrls
from greenroom.request.callback_hosts import host_of

# How long one attempt may take: the timeout of the function that makes it.
ATTEMPT_SECONDS = 30
# With pauses of up to five minutes, well past the longest life of a URL (an hour).
MAX_ATTEMPTS = 20
FIRST_PAUSE_SECONDS = 2.0
LONGEST_BACKOFF_SECONDS = 300.0
# Caps what a receiver asks for by Retry-After: all attempts together must end before the queue drops a message.
LONGEST_PAUSE_SECONDS = 3_600
# How long a delivery waits, without an attempt, for a host to stop hanging.
LONGEST_POSTPONEMENT = timedelta(days=1)
# Of a message that is no delivery, so much is kept, in characters: a letter must fit into a message with its reason.
LONGEST_JUNK = 16_384


@dataclass(frozen=True)
class Receipt:
    """How the queue handed a delivery out: the handle to call it by, how often so far, and since when it has it."""

    handle: str
    receives: int
    sent_at: datetime


@dataclass(frozen=True)
class Attempts:
    """Attempts at the deliveries of a queue. With `renew`, the executions of the flow, an expired URL is replaced."""

    queue: DeliveryQueue
    dead_letters: DeadLetterQueue
    records: Records
    stream_urls: StreamUrls
    channels: Mapping[str, Channel]
    patience: Patience
    clock: Clock
    link_to: LinkTo
    renew: Executions | None = None

    def make(self, delivery: Delivery, receipt: Receipt) -> DeliveryError | None:
        """Make one attempt at a delivery. Return the error that it ended in, if any.

        After any failure, foreseen or not, hide the message until the next attempt makes sense. A delivery that can
        never succeed goes to the dead letters. A message whose attempt raises comes again too.
        """
        # The queue hides a message for long enough to be safe; an attempt that dies must not cost a URL that much time.
        self.queue.hide(receipt.handle, ATTEMPT_SECONDS)
        try:
            return self._make(delivery, receipt)
        except DeliveryFailed as failed:
            self.queue.hide(receipt.handle, round(failed.retry_after or 0))
            return failed
        except Exception as error:
            self.queue.hide(receipt.handle, pause_before_retry(receipt.receives, None))
            if isinstance(error, SecretUnusable):
                return DeliveryFailed(str(error))
            raise

    def keep(self, body: str, reason: DeliveryRefused) -> DeliveryRefused:
        """Put a message that is no delivery among the dead letters, as it came. Return the reason."""
        self.dead_letters.put({"reason": str(reason), "message": body[:LONGEST_JUNK]})
        return reason

    def _make(self, delivery: Delivery, receipt: Receipt) -> DeliveryRefused | None:
        try:
            self._deliver(delivery, receipt)
        except DeliveryRefused as refused:
            # Before the letter is kept: whoever puts it back finds a fresh count.
            self.records.forget_attempts(delivery.id, delivery.key)
            self.dead_letters.put({"reason": str(refused), **delivery.as_dict()})
            return refused
        return None

    def _deliver(self, delivery: Delivery, receipt: Receipt) -> None:
        """Hand an outcome to a target that has not had it.

        Raise DeliveryFailed, with the time of the next attempt in `retry_after`, or DeliveryRefused if none is of use.
        """
        record = self.records.get(delivery.id)
        if record is None:
            raise DeliveryRefused(f"There is no record of request {delivery.id} any more")
        _ensure_it_is_due(delivery, record)
        if delivery.key in record.delivered:
            return
        message = self._message(delivery, record)
        has_expired = tells_of_expiry(message, record)
        if has_expired and self.renew and ask_for_renewal(record, self.records, self.renew, self.clock):
            return
        turn = self._turn(delivery, record, receipt)
        if has_expired:
            self._ensure_ready_was_not_told(delivery)
        offers = [an_offer(delivery.key, uuid4().hex[:8])] if message.is_ready else []
        number = self.records.begin_attempt(record.id, delivery.key, offers)
        if number is None:
            raise DeliveryFailed("The record is gone, or another attempt has found that the URL has expired", 1)
        if number > MAX_ATTEMPTS:
            raise DeliveryRefused(f"{MAX_ATTEMPTS} attempts were made, and the last of them did not come to an end")
        try:
            hand_over(message, delivery, record, channels=self.channels, records=self.records)
        except DeliveryError as error:
            self._learn(error, delivery, turn, offers)
            raise self._judged(error, number, delivery, record) from None
        self._answered(delivery, turn)
        self.records.mark_delivered(record.id, delivery.key)

    def _message(self, delivery: Delivery, record: Record) -> Message:
        now = self.clock()
        link = self.link_to(record, now) if record.waiting_room else None
        return replace(compose(record, self.stream_urls.get(record.id), now, link), bound=delivery.bound)

    def _ensure_ready_was_not_told(self, delivery: Delivery) -> None:
        """Raise DeliveryRefused if the target may have heard that the stream is ready. From now on it cannot.

        Another function, whose clock is behind this one's, may be delivering to the same target.
        """
        record = self.records.mark_expired(delivery.id)
        if record and record.may_have_reached(delivery.key):
            raise DeliveryRefused(f"The URL has expired, and {READY} may have been delivered: an attempt ended unclear")

    def _turn(self, delivery: Delivery, record: Record, receipt: Receipt) -> Turn:
        """Raise unless the host of a webhook may be tried now. Waiting for it does not count as an attempt."""
        if delivery.target["type"] != "webhook":
            return Turn(0)
        host = host_of(delivery.target["url"])
        turn = self.patience.turn(host)
        if not turn.wait:
            return turn
        if not self.renew and self._expires_within(turn.wait, record):
            if not record.attempts_at(delivery.key):
                return turn  # its only chance
            raise DeliveryRefused(f"{host} hangs, and the URL expires before it is tried again")
        if self.clock() - receipt.sent_at > LONGEST_POSTPONEMENT:
            raise DeliveryRefused(f"{host} hangs, and has for as long as a delivery waits for that to end")
        raise DeliveryFailed(f"{host} hangs, and is left alone for now", turn.wait)

    def _learn(self, error: DeliveryError, delivery: Delivery, turn: Turn, offers: Sequence[str]) -> None:
        """Note what a failed attempt shows: of the host, and whether the target may have had the message."""
        failed = error if isinstance(error, DeliveryFailed) else None
        if offers and not (failed and failed.is_unclear):
            self.records.withdraw_offers(delivery.id, offers)
        if failed and failed.hung:
            self.patience.hung(host_of(delivery.target["url"]), turn)
        else:
            self._answered(delivery, turn)

    def _answered(self, delivery: Delivery, turn: Turn) -> None:
        if turn.seen:
            self.patience.answered(host_of(delivery.target["url"]))

    def _judged(self, error: DeliveryError, number: int, delivery: Delivery, record: Record) -> DeliveryError:
        """Return the error of an attempt, as failed if another attempt makes sense, else as refused."""
        if not isinstance(error, DeliveryFailed):
            return error
        if number >= MAX_ATTEMPTS:
            return DeliveryRefused(f"{error}, at the last of {MAX_ATTEMPTS} attempts")
        pause = pause_before_retry(number, error.retry_after)
        if delivery.target["type"] == "webhook" and not self.renew and self._expires_within(pause, record):
            return DeliveryRefused(f"{error}, and the URL expires before the next attempt")
        return DeliveryFailed(str(error), pause)

    def _expires_within(self, seconds: float, record: Record) -> bool:
        expires_at = record.expires_at if record.state is RequestState.READY else None
        return expires_at is not None and seconds_until(expires_at, self.clock()) <= seconds


def _ensure_it_is_due(delivery: Delivery, record: Record) -> None:
    """Raise DeliveryRefused unless the record says that its outcome is due to this target.

    Anyone who may write to the queue, or put a dead letter back, may have written the message. A delivery is queued
    only after a request has ended, so an earlier one would announce an outcome that does not exist.
    """
    if delivery.target not in (BUS_TARGET, *record.notify):
        raise DeliveryRefused(f"Request {record.id} names no such target, so nobody asked for this delivery")
    if record.withdrawn or not record.state.is_terminal:
        ended = "was withdrawn" if record.withdrawn else "has not ended"
        raise DeliveryRefused(f"Request {record.id} {ended}, so there is no outcome to deliver")


def pause_before_retry(number: int, retry_after: float | None) -> int:
    """Return whole seconds to wait after failure `number` (from 1): exponential, full jitter, at least Retry-After."""
    ceiling = min(LONGEST_BACKOFF_SECONDS, FIRST_PAUSE_SECONDS * 2.0 ** min(number - 1, 20))
    return round(min(LONGEST_PAUSE_SECONDS, max(random.uniform(1, ceiling), retry_after or 0)))  # noqa: S311  # spreads load; guards nothing


def ask_for_renewal(record: Record, records: Records, executions: Executions, clock: Clock) -> bool:
    """Ask once for a fresh stream for a request whose URL has expired. Return whether its delivery has to wait.

    An execution of the same flow asks; its input names the request to renew. When it ends, with a stream or without
    one, the outcome is queued again. Asking again does no harm, since the execution's name is the same. If that name
    was used for something else, or before this call, the renewal ends here.
    """
    if record.renewal in {Renewal.DONE, Renewal.FAILED} or record.expired:
        return False
    if record.claim:  # its message has no URL that could be too old, and its owner may have taken the one there was
        return False
    time_again = record.deadline_at - record.created_at + timedelta(seconds=record.connect_seconds)
    records.begin_renewal(record.id, clock() + time_again)
    try:
        is_at_work = executions.start(renewal_name(record.id), {"renew": record.id})
    except NameTaken:
        is_at_work = False
    if not is_at_work:
        # Nothing will renew it any more, unless that has happened by now. Its targets hear at once that it has expired.
        records.end_renewal(record.id, clock())
    return True
