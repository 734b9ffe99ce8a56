"""What the documents have from the code is what the code makes, and no block of a page is left to itself."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from chaos.mutants import MUTANTS
from tools.documents import BLOCKS, drifted, write
from tools.generated import DOCS, names, replaced

PLANTED = {"chaos.md": ["planted"]}
# Its blocks are compared in tests/unit/bench.
COSTS = "cost.md"


def test_the_documents_are_what_the_code_makes() -> None:
    assert drifted() == [], "run make schemas"


def test_a_document_that_is_changed_missing_or_nobodys_is_noticed(tmp_path: Path) -> None:
    for page in BLOCKS:
        shutil.copy(DOCS / page, tmp_path)
    write(tmp_path)
    assert drifted(tmp_path) == []
    (tmp_path / "api" / "openapi.json").write_text("{}")
    (tmp_path / "events" / "message.schema.json").unlink()
    (tmp_path / "events" / "old.schema.json").write_text("{}")
    security = tmp_path / "security.md"
    security.write_text(security.read_text().replace("| Guess", "| Know", 1))
    assert drifted(tmp_path) == [
        "api/openapi.json",
        "events/message.schema.json",
        "events/old.schema.json",
        "security.md",
    ]


def test_every_block_of_a_page_is_one_that_a_command_writes() -> None:
    written = {page: list(blocks) for page, blocks in BLOCKS.items()} | PLANTED
    pages = {path.relative_to(DOCS).as_posix(): path.read_text(encoding="utf-8") for path in DOCS.rglob("*.md")}
    found = {name: names(page) for name, page in pages.items() if "<!-- generated" in page and name != COSTS}
    assert found == written


def test_the_table_of_planted_defects_has_each_of_them() -> None:
    page = (DOCS / "chaos.md").read_text(encoding="utf-8")
    assert [name for name, mutant in MUTANTS.items() if f"| {name} | {mutant.by} | " not in page] == []


def test_only_the_named_blocks_are_replaced() -> None:
    page = "<!-- generated: a -->\n1\n<!-- /generated -->\n\n<!-- generated: b -->\n2\n<!-- /generated -->\n"
    assert replaced(page, {"b": r"\1"}) == page.replace("\n2\n", "\n\n\\1\n\n")


@pytest.mark.parametrize("page", ["", "<!-- generated: a -->\n", "<!-- generated: b -->\n1\n<!-- /generated -->\n"])
def test_a_page_without_a_place_for_a_block_is_an_error(page: str) -> None:
    with pytest.raises(ValueError, match="must have"):
        replaced(page, {"a": "1"})
