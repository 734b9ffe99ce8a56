"""Draw the template's dashboard into docs/pictures/dashboard.svg: its widgets in their places, with made-up curves.

A console shows the same widgets with what CloudWatch has of them.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from simulation.template import synthesised
from tools.svg import svg

PICTURE = Path(__file__).parents[1] / "docs" / "pictures" / "dashboard.svg"
COLUMNS = 24
_INCHES_A_COLUMN, _INCHES_A_ROW = 0.5, 0.32
_INK, _PALE, _FINE = "#16191f", "#d5dbdb", "#1d8102"
_MARGIN = 0.2
_POINTS, _CURVES = 32, 4
_ALARMS_A_LINE = 5

Widget = Mapping[str, Any]


def widgets(stack: Mapping[str, Any]) -> list[Widget]:
    """Return the widgets of the one dashboard of a template; what is known only when it is deployed is empty text."""
    (board,) = (each for each in stack["Resources"].values() if each["Type"] == "AWS::CloudWatch::Dashboard")
    _, parts = board["Properties"]["DashboardBody"]["Fn::Join"]
    body = "".join(part if isinstance(part, str) else _name(part) for part in parts)
    found: list[Widget] = json.loads(body)["widgets"]
    return found


def title(widget: Widget) -> str:
    """Return what a widget is called, or says."""
    properties = widget["properties"]
    text = str(properties.get("title") or properties["markdown"])
    return text.lstrip("# ").split("](")[0].replace("**", "").replace("[", "")


def draw(shown: Sequence[Widget], path: Path) -> None:
    rows = max(widget["y"] + widget["height"] for widget in shown) + _MARGIN
    with svg(path, COLUMNS * _INCHES_A_COLUMN, rows * _INCHES_A_ROW, layout=None) as figure:
        for widget in shown:
            _DRAWN[widget["type"]](_place(figure, widget, rows), widget)


def _name(reference: Mapping[str, Any]) -> str:
    """Return the name of an alarm, of all that is referred to; of the rest it does not matter."""
    logical_id = reference["Fn::GetAtt"][0] if "Fn::GetAtt" in reference else ""
    return str(logical_id)[:-8].removeprefix("Monitoring") if logical_id.startswith("Monitoring") else ""


def _place(figure: Figure, widget: Widget, rows: int) -> Axes:
    left, bottom = widget["x"] / COLUMNS, 1 - (widget["y"] + widget["height"]) / rows
    margin = _MARGIN / COLUMNS
    width, height = widget["width"] / COLUMNS - 2 * margin, widget["height"] / rows
    return figure.add_axes((left + margin, bottom, width, height))


def _text(axes: Axes, widget: Widget) -> None:
    axes.axis("off")
    axes.text(0, 0.35, title(widget), fontsize=11, fontweight="bold", color=_INK, va="center")


def _alarms(axes: Axes, widget: Widget) -> None:
    _frame(axes, title(widget))
    names = widget["properties"]["alarms"]
    height = 0.82 / math.ceil(len(names) / _ALARMS_A_LINE)
    for number, name in enumerate(names):
        row, column = divmod(number, _ALARMS_A_LINE)
        x, y = 0.01 + column / _ALARMS_A_LINE, 0.84 - (row + 1) * height
        box = FancyBboxPatch((x, y), 0.96 / _ALARMS_A_LINE, 0.8 * height, boxstyle="round,pad=0", lw=0, fc=_FINE)
        axes.add_patch(box)
        axes.text(x + 0.005, y + 0.4 * height, name, fontsize=6, color="white", va="center")


def _graph(axes: Axes, widget: Widget) -> None:
    _frame(axes, title(widget))
    labels = _labels(widget["properties"])
    times = [number / (_POINTS - 1) for number in range(_POINTS)]
    for number, (label, colour) in enumerate(labels[:_CURVES]):
        values = [0.32 + 0.3 * _made_up(time, sum(title(widget).encode()), number) for time in times]
        (line,) = axes.plot([0.03 + 0.94 * time for time in times], values, linewidth=1, color=colour)
        axes.text(0.03, 0.2 - 0.055 * number, label, fontsize=6, color=line.get_color(), va="center")
    if more := len(labels) - _CURVES:
        axes.text(0.97, 0.035, f"and {more} more" if more > 0 else "", fontsize=6, color=_INK, ha="right", va="center")


def _frame(axes: Axes, text: str) -> None:
    axes.set(xlim=(0, 1), ylim=(-0.03, 1.03), xticks=[], yticks=[])
    for side in axes.spines.values():
        side.set_color(_PALE)
    axes.text(0.03, 0.97, text, fontsize=8, color=_INK, va="top")


def _labels(properties: Mapping[str, Any]) -> list[tuple[str, str | None]]:
    """Return the labels of the curves that are visible, without what is computed of them, each with its colour."""
    options = [each[-1] for each in properties["metrics"] if isinstance(each[-1], dict)]
    visible = [each for each in options if each.get("visible", True) and "label" in each]
    return [(str(each["label"]).split(" (avg")[0], each.get("color")) for each in visible]


def _made_up(time: float, seed: int, number: int) -> float:
    """Return a value from 0 to 1, the same each time; no two graphs have the same curve."""
    waves = (
        math.sin(7 * time + seed + number) + 0.5 * math.sin(17 * time + 3 * number) + 0.3 * math.sin(31 * time + seed)
    )
    return 0.5 + waves / 3.6


_DRAWN = {"text": _text, "alarm": _alarms, "metric": _graph}


def main(argv: Sequence[str] | None = None) -> int:
    argparse.ArgumentParser(prog="python -m tools.dashboard_picture", description=__doc__).parse_args(argv)
    draw(widgets(synthesised({})), PICTURE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
