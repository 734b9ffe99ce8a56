"""The picture of what was learned of one pool: when its waits end, and when it is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from matplotlib.axes import Axes

from greenroom.flow.learning import Observation, learned_waits
from greenroom.flow.schedule import Schedule
from tools.svg import svg

BARS = 60
# So far beyond the 90th percentile is drawn.
REACH = 1.6


def draw_schedule(observations: Sequence[Observation], schedule: Schedule, path: Path) -> None:
    """Draw the waits as they were seen, and as they are thought to be; the planned looks are ticks below."""
    until = max(schedule.latest * REACH, schedule.looks[0] * REACH if schedule.looks else 1)
    with svg(path, 7, 3) as figure:
        panel = figure.subplots()
        if observations:
            _draw_seen(panel, observations, until)
            _draw_learned(panel, observations, until)
        for second, label in ((schedule.median, "median"), (schedule.latest, "90 %")):
            panel.axvline(second, color="tab:gray", linewidth=1, linestyle=":")
            panel.annotate(
                label, (second, 1), xycoords=("data", "axes fraction"), xytext=(2, -10), textcoords="offset points"
            )
        looks = [look for look in schedule.looks if look <= until]
        panel.plot(looks, [0] * len(looks), "|", color="tab:red", markersize=14, label="polls", clip_on=False)
        panel.set_xlim(0, until)
        panel.set_ylim(bottom=0)
        panel.set_xlabel("seconds waited")
        panel.set_ylabel("waits that end, % a second")
        panel.legend(frameon=False, loc="upper right")


def _draw_seen(panel: Axes, observations: Sequence[Observation], until: float) -> None:
    """Each wait evenly between the two looks between which it ended."""
    width = until / BARS
    counts = [0.0] * BARS
    for seen in observations:
        if seen.by is None:
            continue
        for bar in range(BARS):
            start, end = max(bar * width, seen.after), min((bar + 1) * width, seen.by)
            counts[bar] += max(0.0, end - start) / max(1, seen.by - seen.after)
    shares = [100 * count / len(observations) / width for count in counts]
    panel.bar([bar * width for bar in range(BARS)], shares, width, align="edge", color="lightgray", label="as seen")


def _draw_learned(panel: Axes, observations: Sequence[Observation], until: float) -> None:
    waits = learned_waits(observations)
    ends = zip(pairwise(waits.times), pairwise(waits.ended), strict=True)
    points = [((a + b) / 2, 100 * (after - before) / (b - a)) for (a, b), (before, after) in ends if a <= until]
    panel.plot(*zip(*points, strict=True), color="tab:blue", linewidth=1.2, label="as learned")
