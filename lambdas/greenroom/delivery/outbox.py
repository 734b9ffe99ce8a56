"""From the records to the deliveries: what changed in the table is announced, or shown to those who watch."""

from __future__ import annotations

from contextlib import suppress

from greenroom.delivery.channels import DeliveryQueue, Frames
from greenroom.delivery.message import deliveries, progress_frame
from greenroom.domain.errors import DeliveryError
from greenroom.domain.values import Clock
from greenroom.flow.reconciliation import GRACE, Swept
from greenroom.record.model import Record
from greenroom.record.store import Records


def pass_on(before: Record, after: Record, *, queue: DeliveryQueue, records: Records, frames: Frames) -> bool:
    """Announce an outcome, the first time or with a fresh URL, or show progress. True if the request has just ended."""
    if not after.state.is_terminal:
        show_progress(before, after, frames=frames)
        return False
    announce(after, queue=queue, records=records)
    return not before.state.is_terminal


def announce(record: Record, *, queue: DeliveryQueue, records: Records) -> None:
    """Queue the outcome of a request that has ended, once for each target that has not had it."""
    queue.put(deliveries(record))
    records.mark_announced(record)


def sweep_unannounced(*, records: Records, queue: DeliveryQueue, clock: Clock) -> Swept:
    """Announce every outcome that has waited too long: the table's change was given up."""

    def announce_it(request_id: str) -> bool:
        record = records.get(request_id)
        if record is None or record.due_at is None:  # the index lags: it may have been announced by now
            return False
        announce(record, queue=queue, records=records)
        return True

    return Swept.each(records.unannounced(clock() - GRACE), announce_it)


def show_progress(before: Record, after: Record, *, frames: Frames) -> None:
    """Send the service's new words to the connections that watch. Best effort: the outcome comes in any case."""
    if before.stream.get("state") == after.stream.get("state"):
        return
    for connection_id in after.watching_connections:
        with suppress(DeliveryError):
            frames.post(connection_id, progress_frame(after))
