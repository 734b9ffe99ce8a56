"""The generated blocks of the documents: what stands between `<!-- generated: NAME -->` and `<!-- /generated -->`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"
_BLOCK = re.compile(r"<!-- generated: (\S+) -->\n.*?<!-- /generated -->", re.DOTALL)


def names(page: str) -> list[str]:
    """Return the names of a page's blocks."""
    return [block[1] for block in _BLOCK.finditer(page)]


def replaced(page: str, blocks: Mapping[str, str]) -> str:
    """Return the page with these blocks, and its others as they were. Raise ValueError for a block without a place."""
    if missing := blocks.keys() - set(names(page)):
        raise ValueError(f"the page must have <!-- generated: NAME --> and <!-- /generated --> for {sorted(missing)}")

    def block(found: re.Match[str]) -> str:
        name = found[1]
        if name not in blocks:
            return found[0]
        return f"<!-- generated: {name} -->\n\n{blocks[name]}\n\n<!-- /generated -->"

    return _BLOCK.sub(block, page)
