from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from greenroom import bootstrap
from greenroom.domain.metrics import PENDING_AGE, RELEASE_AGE, STUCK_AGE
from greenroom.flow.reconciliation import Swept
from greenroom.handlers.sweep_errors import raise_sweep_errors
from greenroom.observability import emit, logged, logger

sweep = bootstrap.sweep()


@logged
def handler(event: dict[str, Any], context: object) -> dict[str, int]:  # noqa: ARG001
    jobs = {
        "ended": sweep.overdue(),
        "announced": sweep.unannounced(),
        "renewals": sweep.renewals(),
        "releases": sweep.releases(),
    }
    try:
        tell_ages(jobs)
    finally:
        raise_sweep_errors(
            {request_id: error for job in jobs.values() for request_id, error in job.errors.items()}, "requests"
        )
    return {name: job.count for name, job in jobs.items()}


def tell_ages(jobs: Mapping[str, Swept]) -> None:
    """Emit the ages of what the jobs found, and of the oldest pending request. Without either, emit no value."""
    stuck = {request_id: age for job in jobs.values() for request_id, age in job.stuck.items()}
    for request_id, age in stuck.items():
        logger.warning("An execution may have run on", extra={"request_id": request_id, "seconds": round(age)})
    pending = sweep.oldest_pending()
    emit(
        {
            PENDING_AGE: [] if pending is None else [pending],
            RELEASE_AGE: jobs["releases"].waits.values(),
            STUCK_AGE: stuck.values(),
        }
    )
