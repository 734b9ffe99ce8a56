"""The page of metrics, from the catalogue that the code emits by."""

from __future__ import annotations

from greenroom.domain.metrics import METRICS, NAMESPACE, SERVICE
from tools.reference.markdown import code, sections, table

_HEAD = f"""# Metrics

The metrics in the namespace `{NAMESPACE}`. Each has the dimension `{SERVICE}`, the name of the stack, beside those that
stand here."""


def page() -> str:
    rows = [
        [code(metric.name), metric.unit, ", ".join(code(name) for name in metric.dimensions), metric.meaning]
        for metric in METRICS
    ]
    return sections(_HEAD, table(["metric", "unit", "dimensions", "one value says"], rows))
