from __future__ import annotations

from typing import Any

from greenroom import bootstrap
from greenroom.domain.values import utc_now
from greenroom.flow.batch_runs import sweep_batches
from greenroom.handlers.swept import raise_for
from greenroom.observability import logged

batches, runs = bootstrap.batches(), bootstrap.batch_runs()


@logged
def handler(event: dict[str, Any], context: object) -> dict[str, int]:  # noqa: ARG001
    swept = sweep_batches(batches=batches, runs=runs, clock=utc_now)
    raise_for(swept.errors, "batches")
    return {"swept": swept.count}
