"""The picture of a burst: the queue and the service's calls over time, a column for each policy."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes

from tools.svg import svg

_QUEUE = {"pending": "not ended", "queued": "no stream yet"}
_RATES = {"creates": "create, accepted", "gets": "get, accepted", "throttled": "throttled"}


def draw_burst(results: Mapping[str, Mapping[str, Any]], path: Path) -> None:
    """Draw the `series` of each policy of `python -m bench burst` as SVG, the same bytes for the same figures."""
    with svg(path, 4.5 * len(results), 5) as figure:
        rows = figure.subplots(2, len(results), squeeze=False, sharex="col")
        for column, (policy, result) in enumerate(results.items()):
            queue, rates = rows[0][column], rows[1][column]
            queue.set_title(policy)
            _lines(queue, result["series"], _QUEUE, "requests")
            _lines(rates, result["series"], _RATES, "calls a second")
            # Of throttled calls there may be a hundred for one that is accepted.
            rates.set_yscale("symlog", linthresh=10)
            rates.set_xlabel("seconds")


def _lines(axes: Axes, series: Mapping[str, Any], names: Mapping[str, str], unit: str) -> None:
    for key, label in names.items():
        axes.plot(series["seconds"], series[key], label=label, linewidth=1.2)
    axes.set_ylim(bottom=0)
    axes.set_ylabel(unit)
    axes.legend(frameon=False, fontsize="small")
