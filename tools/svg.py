"""Writing a figure so that the same figure is the same file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import matplotlib as mpl
from matplotlib.figure import Figure


@contextmanager
def svg(
    path: Path, width: float, height: float, *, layout: Literal["constrained"] | None = "constrained"
) -> Iterator[Figure]:
    """Give a figure of so many inches to draw on, and write it to `path`. `layout`: who places what is on it."""
    # The salt makes the ids, which are random without one.
    with mpl.rc_context({"svg.hashsalt": "greenroom", "svg.fonttype": "none", "font.size": 9}):
        figure = Figure(figsize=(width, height), layout=layout)
        yield figure
        figure.savefig(path, format="svg", metadata={"Date": None})
