"""The picture of the flow in the documents: it shows the transitions of the file, all of them and no others."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.statemachine import batch_runs
from tests.statemachine.definition import DEFINITION, START_OR_END, Edges, transitions

ROOT = Path(__file__).parents[2]


def pictures(text: str) -> list[Edges]:
    """The edges of each state diagram in a document, `From --> To: words`."""
    blocks = re.findall(r"^```mermaid\n\s*stateDiagram-v2\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [set(re.findall(r"^\s*(\S+)\s*-->\s*([^\s:]+)", block, re.MULTILINE)) for block in blocks]


def of_the_flow(definition: Mapping[str, Any] = DEFINITION) -> Iterator[Edges]:
    for document in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        yield from (edges for edges in pictures(document.read_text()) if (START_OR_END, definition["StartAt"]) in edges)


def test_the_documents_have_one_picture_of_the_flow_and_it_is_the_file_s() -> None:
    (picture,) = of_the_flow()
    assert picture == transitions()


def test_the_picture_of_batches_is_their_file_s() -> None:
    (picture,) = of_the_flow(batch_runs.DEFINITION)
    assert picture == transitions(batch_runs.DEFINITION)


def test_a_picture_is_read_as_it_is_drawn() -> None:
    drawn = "# Flow\n```mermaid\nstateDiagram-v2\n    [*] --> A\n    A --> B: on record, or not\n    B-->[*]\n```\n"
    assert pictures(drawn) == [{("[*]", "A"), ("A", "B"), ("B", "[*]")}]
    assert pictures("```mermaid\nflowchart LR\n    A --> B\n```\n") == []
