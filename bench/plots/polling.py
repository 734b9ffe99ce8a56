"""The picture of `bench polling`: for each trace, how late and how often each policy looks."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import NullFormatter

from tools.svg import svg

COLUMNS = 4
# Marker and colour. The grey ones are what is done elsewhere.
STYLES: Mapping[str, tuple[str, str]] = {
    "greenroom": ("*", "tab:red"),
    "greenroom-cold": ("*", "tab:orange"),
    "greenroom-before": ("P", "tab:brown"),
    "optimum": ("o", "tab:blue"),
    "optimum-of-distribution": ("o", "lightskyblue"),
    "boto3-waiter": ("s", "black"),
    "cdk-provider": ("x", "yellowgreen"),
    "fixed-1": ("^", "dimgray"),
    "fixed-5": (">", "dimgray"),
    "fixed-30": ("v", "dimgray"),
    "exponential": ("d", "darkgray"),
    "exponential-jitter": ("h", "darkgray"),
    "durable-default": ("X", "darkgray"),
}
# A mean delay below that is drawn there: the axis is logarithmic.
LEAST_DELAY_SECONDS = 0.05


def draw_polling(results: Mapping[str, Mapping[str, Any]], path: Path) -> None:
    """Draw what `bench.polling.measure_all` returned: a panel a trace, a mark a policy, and the optimum as a curve.

    The curve is the optimum over the price of a look: below and left of it is nothing that is the same for all streams.
    """
    rows = math.ceil(len(results) / COLUMNS)
    with svg(path, 3 * COLUMNS, 2.8 * rows + 0.8) as figure:
        panels = figure.subplots(rows, COLUMNS, squeeze=False).flatten()
        for panel, (name, result) in zip(panels, results.items(), strict=False):
            _draw_trace(panel, result)
            panel.set_title(name)
        for panel in panels[len(results) :]:
            panel.set_axis_off()
        figure.supxlabel("polls of a stream")
        figure.supylabel("seconds from ready until seen, mean")
        marks: dict[str, Any] = {}
        for panel in panels:
            handles, labels = panel.get_legend_handles_labels()
            marks |= dict(zip(labels, handles, strict=True))
        figure.legend(marks.values(), marks, loc="outside upper center", ncols=5, frameon=False)


def _draw_trace(panel: Axes, result: Mapping[str, Any]) -> None:
    looks, delays = zip(*result["optimumCurve"], strict=True)
    panel.plot(looks, [_shown(delay) for delay in delays], color="tab:blue", linewidth=1, label="optimum, any price")
    for policy, found in result["policies"].items():
        marker, colour = STYLES[policy]
        panel.plot(
            found["getsPerStream"],
            _shown(found["meanDelaySeconds"]),
            marker,
            color=colour,
            markersize=5 if colour != "tab:red" else 9,
            label=policy,
        )
    panel.set_xscale("log")
    panel.set_yscale("log")
    for axis in (panel.xaxis, panel.yaxis):
        axis.set_major_formatter("{x:g}")
        axis.set_minor_formatter(NullFormatter())
    panel.grid(linewidth=0.3)


def _shown(delay: float) -> float:
    return max(delay, LEAST_DELAY_SECONDS)
