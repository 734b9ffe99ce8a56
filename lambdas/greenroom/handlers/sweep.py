from __future__ import annotations

from typing import Any

from greenroom import bootstrap
from greenroom.delivery.sweeping import sweep_renewals, sweep_unannounced
from greenroom.domain.metrics import RELEASE_AGE
from greenroom.domain.values import utc_now
from greenroom.flow.reconciliation import sweep_overdue, sweep_releases
from greenroom.handlers.swept import raise_for
from greenroom.observability import emit, logged

records, executions, queue = bootstrap.records(), bootstrap.executions(), bootstrap.delivery_queue()


@logged
def handler(event: dict[str, Any], context: object) -> dict[str, int]:  # noqa: ARG001
    jobs = {
        "ended": sweep_overdue(records=records, executions=executions, clock=utc_now),
        "announced": sweep_unannounced(records=records, queue=queue, clock=utc_now),
        "renewals": sweep_renewals(records=records, clock=utc_now),
        "releases": sweep_releases(records=records, executions=executions, clock=utc_now),
    }
    emit({RELEASE_AGE: jobs["releases"].longest_wait})
    raise_for({request_id: error for job in jobs.values() for request_id, error in job.errors.items()}, "requests")
    return {name: job.count for name, job in jobs.items()}
