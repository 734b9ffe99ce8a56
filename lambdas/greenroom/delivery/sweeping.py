"""Announcing what has waited too long to be announced, and ending renewals that nothing was heard of."""

from __future__ import annotations

from greenroom.delivery.channels import DeliveryQueue
from greenroom.delivery.message import deliveries
from greenroom.domain.values import Clock
from greenroom.flow.reconciliation import GRACE, Swept, time_of_a_job
from greenroom.record.store import Records


def sweep_unannounced(*, records: Records, queue: DeliveryQueue, clock: Clock) -> Swept:
    """Queue every outcome that has waited too long: the table's change was given up."""

    def announce_it(request_id: str) -> bool:
        record = records.get(request_id)
        if record is None or record.due_at is None:  # the index lags: it may have been announced by now
            return False
        queue.put(deliveries(record))
        records.mark_announced(record, [])
        return True

    return Swept.each(records.unannounced(clock() - GRACE), announce_it, time_of_a_job(clock))


def sweep_renewals(*, records: Records, clock: Clock) -> Swept:
    """End every renewal that no flow can be at work on any more: its targets hear then that the URL has expired.

    An execution that runs still finds at its next call that its renewal has ended.
    """
    return Swept.each(
        records.renewing(clock() - GRACE),
        lambda request_id: records.end_renewal(request_id, clock()),
        time_of_a_job(clock),
    )
