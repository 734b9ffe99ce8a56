"""Handing an outcome over: to every target once, again after a failure, never later than makes sense."""

from __future__ import annotations

import random
from collections.abc import Mapping
from contextlib import suppress

from greenroom.domain import RequestState, seconds_until
from greenroom.errors import DeliveryError, DeliveryFailed, DeliveryRefused
from greenroom.message import SNS_TARGET, Delivery, Message, compose, deliveries, progress_frame
from greenroom.ports import Clock, Connections, DeliveryQueue, Frames, Requests, Target
from greenroom.record import Record
from greenroom.renewal import Renewals

FIRST_PAUSE_SECONDS = 2.0
LONGEST_PAUSE_SECONDS = 300.0
MAX_PAUSE_SECONDS = 43_200.0  # SQS hides a message no longer


def announce(record: Record, queue: DeliveryQueue) -> None:
    """Queue the outcome of a request that has ended, once for each target."""
    queue.put(deliveries(record))


def deliver(
    delivery: Delivery,
    attempt: int,
    *,
    requests: Requests,
    connections: Connections,
    targets: Mapping[str, Target],
    clock: Clock,
    renewals: Renewals | None = None,
) -> None:
    """Make one attempt (from 1) at one target.

    DeliveryFailed tells in `retry_after` when to try again; DeliveryRefused, that it is of no use. With `renewals`, a
    URL that has expired is replaced by a fresh one, once; without, its end is announced as a failure.
    """
    record = requests.get(delivery.id)
    if record is None:
        raise DeliveryRefused(f"There is no record of request {delivery.id} any more")
    if delivery.key in record.delivered:
        return
    if renewals and renewals.postpone(record):
        return
    message = compose(record, connections.get(record.id), clock())
    try:
        _hand_over(message, delivery.target, record, targets)
    except DeliveryFailed as failed:
        pause = pause_before_retry(attempt, failed.retry_after)
        if delivery.target["type"] == "webhook" and not renewals and _expires_within(pause, record, clock):
            raise DeliveryRefused(f"{failed}, and the URL expires before the next attempt") from None
        raise DeliveryFailed(str(failed), pause) from None
    requests.mark_delivered(record.id, delivery.key)


def show_progress(before: Record, after: Record, frames: Frames) -> None:
    """Send what the service said anew to the connections that watch. Best effort: the outcome comes in any case."""
    if before.answer.get("state") == after.answer.get("state"):
        return
    for connection_id in after.watching_connections:
        with suppress(DeliveryError):
            frames.post(connection_id, progress_frame(after))


def pause_before_retry(attempt: int, retry_after: float | None) -> int:
    """Whole seconds to wait after the attempt-th failure (from 1): exponential, full jitter, at least Retry-After."""
    ceiling = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2.0 ** (attempt - 1))
    return round(min(MAX_PAUSE_SECONDS, max(random.uniform(1, ceiling), retry_after or 0)))  # noqa: S311  # spreads load; guards nothing


def _expires_within(seconds: int, record: Record, clock: Clock) -> bool:
    expires_at = record.expires_at if record.state is RequestState.READY else None
    return expires_at is not None and seconds_until(expires_at, clock()) <= seconds


def _hand_over(message: Message, target: Mapping[str, str], record: Record, targets: Mapping[str, Target]) -> None:
    try:
        targets[target["type"]].deliver(message, target)
    except DeliveryRefused:
        if target["type"] != "websocket":
            raise
        # Whoever was connected has gone; the topic is where the outcome can still be found.
        if SNS_TARGET["type"] not in {named.type for named in record.notify}:
            targets["sns"].deliver(message, SNS_TARGET)
