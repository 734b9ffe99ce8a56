from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from greenroom import bootstrap
from greenroom.delivery.sweeping import sweep_renewals, sweep_unannounced
from greenroom.domain.metrics import PENDING_AGE, RELEASE_AGE, STUCK_AGE
from greenroom.domain.values import utc_now
from greenroom.flow.reconciliation import Swept, oldest_pending, sweep_overdue, sweep_releases
from greenroom.handlers.swept import raise_for
from greenroom.observability import emit, logged, logger

records, executions, queue = bootstrap.records(), bootstrap.executions(), bootstrap.delivery_queue()


@logged
def handler(event: dict[str, Any], context: object) -> dict[str, int]:  # noqa: ARG001
    jobs = {
        "ended": sweep_overdue(records=records, executions=executions, clock=utc_now),
        "announced": sweep_unannounced(records=records, queue=queue, clock=utc_now),
        "renewals": sweep_renewals(records=records, clock=utc_now),
        "releases": sweep_releases(records=records, executions=executions, clock=utc_now),
    }
    try:
        tell_ages(jobs)
    finally:
        raise_for({request_id: error for job in jobs.values() for request_id, error in job.errors.items()}, "requests")
    return {name: job.count for name, job in jobs.items()}


def tell_ages(jobs: Mapping[str, Swept]) -> None:
    """Emit the ages of what was found, and of what is pending now. Where there is nothing, there is no value."""
    stuck = {request_id: age for job in jobs.values() for request_id, age in job.stuck.items()}
    for request_id, age in stuck.items():
        logger.warning("An execution may have run on", extra={"request_id": request_id, "seconds": round(age)})
    pending = oldest_pending(records=records, clock=utc_now)
    emit(
        {
            PENDING_AGE: [] if pending is None else [pending],
            RELEASE_AGE: jobs["releases"].waits.values(),
            STUCK_AGE: stuck.values(),
        }
    )
