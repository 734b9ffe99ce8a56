"""docs/cost.md, and how its tables are written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bench.prices import GIGABYTE
from tools.generated import DOCS

PAGE = DOCS / "cost.md"
TABLES = ("counted", "one", "variants", "month", "engines", "scales", "limits", "bursts", "prices")


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def number(value: float) -> str:
    if value == GIGABYTE:
        return "a GB"
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"


def dollars(value: float, places: int) -> str:
    return f"{value:,.{places}f}"
