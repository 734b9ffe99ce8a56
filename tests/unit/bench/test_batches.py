"""What a batch costs: the documentation has what the code comes to."""

from __future__ import annotations

from pathlib import Path

from bench.batches import table

PAGE = Path(__file__).parents[3] / "docs" / "batches.md"


def test_the_page_has_the_table_that_the_command_prints() -> None:
    assert "\n".join(table()) in PAGE.read_text(encoding="utf-8")
