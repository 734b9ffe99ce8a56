"""Attempts at handing an outcome over: to every target once, again after a failure, never later than makes sense."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping

from greenroom.delivery.channels import Channel, DeliveryQueue, Letters
from greenroom.delivery.hand_over import hand_over
from greenroom.delivery.message import Delivery, compose
from greenroom.delivery.renewal import postpone
from greenroom.domain.errors import DeliveryError, DeliveryFailed, DeliveryRefused
from greenroom.domain.values import Clock, RequestState, seconds_until
from greenroom.flow.executions import Executions
from greenroom.record.links import LinkTo
from greenroom.record.model import Record
from greenroom.record.store import Records, StreamUrls

# How long one attempt may take: the timeout of the function that makes it.
ATTEMPT_SECONDS = 30
# With pauses of up to five minutes, well past the longest life of a URL (an hour).
MAX_ATTEMPTS = 20
FIRST_PAUSE_SECONDS = 2.0
LONGEST_BACKOFF_SECONDS = 300.0
# Caps what a receiver asks for by Retry-After: all attempts together must end before the queue drops a message.
LONGEST_PAUSE_SECONDS = 3_600


def attempt(
    delivery: Delivery,
    receipt: str,
    number: int,
    *,
    deliver: Callable[[Delivery, int], None],
    queue: DeliveryQueue,
    letters: Letters,
) -> DeliveryError | None:
    """Make the attempt of a number (from 1) at a delivery. Returns the error that it ended in, if any.

    After any failure, foreseen or not, the message is hidden until the next attempt makes sense; a delivery that will
    never succeed is kept among the dead letters. What is raised comes again too.
    """
    # The queue hides a message for long enough to be safe; an attempt that dies must not cost a URL that much time.
    queue.hide(receipt, ATTEMPT_SECONDS)
    try:
        deliver(delivery, number)
    except DeliveryRefused as refused:
        letters.put({"reason": str(refused), **delivery.as_dict()})
        return refused
    except DeliveryFailed as failed:
        queue.hide(receipt, int(failed.retry_after or 0))
        return failed
    except Exception:
        queue.hide(receipt, pause_before_retry(number, None))
        raise
    return None


def deliver(
    delivery: Delivery,
    number: int,
    *,
    records: Records,
    stream_urls: StreamUrls,
    channels: Mapping[str, Channel],
    clock: Clock,
    link_to: LinkTo,
    renew: Executions | None = None,
) -> None:
    """Hand an outcome to a target that has not had it.

    DeliveryFailed tells in `retry_after` when to try again; DeliveryRefused, that it is of no use. With `renew`, the
    executions of the flow, a URL that has expired is replaced by a fresh one, once; without, its end is announced as
    a failure.
    """
    record = records.get(delivery.id)
    if record is None:
        raise DeliveryRefused(f"There is no record of request {delivery.id} any more")
    if delivery.key in record.delivered:
        return
    if renew and postpone(record, records=records, executions=renew, clock=clock):
        return
    now = clock()
    link = link_to(record, now) if record.waiting_room else None
    message = compose(record, stream_urls.get(record.id), now, link)
    try:
        hand_over(message, delivery.target, record, channels)
    except DeliveryFailed as failed:
        pause = pause_before_retry(number, failed.retry_after)
        if delivery.target["type"] == "webhook" and not renew and _expires_within(pause, record, clock):
            raise DeliveryRefused(f"{failed}, and the URL expires before the next attempt") from None
        raise DeliveryFailed(str(failed), pause) from None
    records.mark_delivered(record.id, delivery.key)


def pause_before_retry(number: int, retry_after: float | None) -> int:
    """Whole seconds to wait after the failure of a number (from 1): exponential, full jitter, at least Retry-After."""
    ceiling = min(LONGEST_BACKOFF_SECONDS, FIRST_PAUSE_SECONDS * 2.0 ** (number - 1))
    return round(min(LONGEST_PAUSE_SECONDS, max(random.uniform(1, ceiling), retry_after or 0)))  # noqa: S311  # spreads load; guards nothing


def _expires_within(seconds: int, record: Record, clock: Clock) -> bool:
    expires_at = record.expires_at if record.state is RequestState.READY else None
    return expires_at is not None and seconds_until(expires_at, clock()) <= seconds
