"""Markdown of the generated pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def sections(*parts: str) -> str:
    """The parts that have something to say, a line between them."""
    return "\n\n".join(part for part in parts if part)


def code(text: object) -> str:
    return f"`{text}`"


def sentence(words: str | None) -> str:
    """The first paragraph on one line, with a full stop or without, as it was written."""
    return " ".join((words or "").strip().partition("\n\n")[0].split())


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
