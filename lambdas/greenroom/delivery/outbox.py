"""From the records to their targets: what changed in the table is announced, or shown to those who watch."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta

from greenroom.delivery.channels import Channel, DeliveryQueue, Frames
from greenroom.delivery.hand_over import hand_over
from greenroom.delivery.message import Delivery, Message, compose, deliveries, progress_frame
from greenroom.domain.errors import DeliveryError
from greenroom.domain.values import Clock, RequestState
from greenroom.record.links import LinkTo
from greenroom.record.model import Record
from greenroom.record.store import Records, StreamUrls

# An outcome that is older was probably announced before, by an attempt that ended too early to say so.
PROMPTLY = timedelta(seconds=20)


def pass_on(
    before: Record,
    after: Record,
    *,
    channels: Mapping[str, Channel],
    stream_urls: StreamUrls,
    queue: DeliveryQueue,
    records: Records,
    frames: Frames,
    clock: Clock,
    link_to: LinkTo,
) -> bool:
    """Announce an outcome, the first time or with a fresh URL, or show progress. True if the request has just ended."""
    if not after.state.is_terminal:
        show_progress(before, after, frames=frames)
        return False
    announce(
        after,
        channels=channels,
        stream_urls=stream_urls,
        queue=queue,
        records=records,
        clock=clock,
        link_to=link_to,
    )
    return not before.state.is_terminal


def announce(
    record: Record,
    *,
    channels: Mapping[str, Channel],
    stream_urls: StreamUrls,
    queue: DeliveryQueue,
    records: Records,
    clock: Clock,
    link_to: LinkTo,
) -> None:
    """Tell the outcome of a request that has ended to each target that has not had it, once.

    Those of `channels` hear of it now. All other targets are left to the queue, and so is what these do not take, a URL
    that has expired on its way, which may be renewed, and what comes late: it may have been told before, which only the
    record knows by then.
    """
    told: list[Delivery] = []
    left = deliveries(record)
    if _is_prompt(record, clock):
        now = clock()
        link = link_to(record, now) if record.waiting_room else None
        message = compose(record, stream_urls.get(record.id), now, link)
        told = [each for each in left if each.target["type"] in channels and _is_taken(each, message, record, channels)]
        left = [each for each in left if each not in told]
    queue.put(left)
    records.mark_announced(record, [delivery.key for delivery in told])


def _is_taken(delivery: Delivery, message: Message, record: Record, channels: Mapping[str, Channel]) -> bool:
    try:
        hand_over(message, delivery.target, record, channels)
    except DeliveryError:
        return False
    return True


def show_progress(before: Record, after: Record, *, frames: Frames) -> None:
    """Send the service's new words to the connections that watch. Best effort: the outcome comes in any case."""
    if before.stream.get("state") == after.stream.get("state"):
        return
    for connection_id in after.watching_connections:
        with suppress(DeliveryError):
            frames.post(connection_id, progress_frame(after))


def _is_prompt(record: Record, clock: Clock) -> bool:
    now = clock()
    if record.due_at is None or now >= record.due_at + PROMPTLY:
        return False
    return record.state is not RequestState.READY or (record.expires_at is not None and now < record.expires_at)
