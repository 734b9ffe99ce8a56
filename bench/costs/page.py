"""docs/cost.md: its tables, each between two marks, `<!-- costs: NAME -->` and `<!-- /costs -->`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from bench.prices import GIGABYTE

PAGE = Path(__file__).parents[2] / "docs" / "cost.md"
_BLOCK = "<!-- costs: {} -->\n{}\n<!-- /costs -->"


def written(page: str, tables: Mapping[str, str]) -> str:
    """Return the page with its tables replaced; KeyError for a mark that no table has."""

    def block(match: re.Match[str]) -> str:
        return _BLOCK.format(match[1], tables[match[1]])

    return re.sub(r"<!-- costs: (\w+) -->\n.*?<!-- /costs -->", block, page, flags=re.DOTALL)


def block_of(page: str, name: str) -> str:
    """Return one table of the page."""
    match = re.search(rf"<!-- costs: {name} -->\n(.*?)\n<!-- /costs -->", page, re.DOTALL)
    if match is None:
        raise KeyError(name)
    return match[1]


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def number(value: float) -> str:
    if value == GIGABYTE:
        return "a GB"
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"


def dollars(value: float, places: int) -> str:
    return f"{value:,.{places}f}"
