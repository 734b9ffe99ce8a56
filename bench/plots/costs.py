"""The picture of what each policy costs, beside the best that there can be."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools.svg import svg


def draw_costs(traces: Mapping[str, Any], path: Path) -> None:
    """Draw the `costToOptimum` of each policy as SVG, a dot a trace, from the figures of `bench polling`."""
    found: dict[str, list[float]] = {}
    for trace in traces.values():
        for policy, figures in trace["policies"].items():
            if not policy.startswith("optimum"):
                found.setdefault(policy, []).append(figures["costToOptimum"])
    policies = sorted(found, key=lambda policy: sum(found[policy]) / len(found[policy]), reverse=True)
    with svg(path, 8, 4) as figure:
        panel = figure.subplots()
        for row, policy in enumerate(policies):
            panel.plot(found[policy], [row] * len(found[policy]), "o", alpha=0.6, markersize=5)
        panel.axvline(1, color="tab:blue", linewidth=1)
        panel.set_xscale("log")
        panel.set_yticks(range(len(policies)), policies)
        panel.set_xlabel("cost (delay + polls) as a multiple of the optimum's; a dot is a trace")
