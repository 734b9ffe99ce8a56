from __future__ import annotations

from typing import Any

from greenroom import bootstrap
from greenroom.handlers.sweep_errors import raise_sweep_errors
from greenroom.observability import logged

runs = bootstrap.batch_runs()


@logged
def handler(event: dict[str, Any], context: object) -> dict[str, int]:  # noqa: ARG001
    swept = runs.sweep()
    raise_sweep_errors(swept.errors, "batches")
    return {"swept": swept.count}
