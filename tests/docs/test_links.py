"""Links of the pages: as they are read on GitHub, and as the site has them."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from tools.site.pages import LINK, ROOT, documents, outside_of_code

HEADING = re.compile(r"^#+ +(?P<words>.*?) *#*$")


def text_of(document: Path) -> list[str]:
    return [line for line, is_text in outside_of_code(document.read_text(encoding="utf-8")) if is_text]


@cache
def anchors(document: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them; one that comes again gets a number."""
    found: Counter[str] = Counter()
    made = set()
    for line in text_of(document):
        if heading := HEADING.match(line.rstrip("\n")):
            words = LINK.sub(r"\g<words>", heading["words"]).lower()
            slug = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
            made.add(f"{slug}-{found[slug]}" if found[slug] else slug)
            found[slug] += 1
    return made


def faults(document: Path) -> list[str]:
    """The links that lead nowhere. Other hosts are not asked."""
    wrong = []
    for target in (link["target"] for line in text_of(document) for link in LINK.finditer(line)):
        address, _, anchor = target.partition("#")
        if "://" in address or address.startswith("mailto:"):
            continue
        path = (document.parent / address).resolve() if address else document
        if not path.exists() or (anchor and path.suffix == ".md" and anchor not in anchors(path)):
            wrong.append(target)
    return wrong


@pytest.mark.parametrize("document", list(documents()), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(document: Path) -> None:
    assert faults(document) == []


def test_a_link_that_leads_nowhere_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "there.md").write_text("# A heading\n\n## `dcv`: Amazon DCV, by a broker\n\n# A heading\n")
    page = tmp_path / "page.md"
    page.write_text(
        "[a](there.md) [b](there.md#a-heading) [c](there.md#dcv-amazon-dcv-by-a-broker) [d](there.md#a-heading-1)\n"
        "[e](gone.md) [f](there.md#gone) [g](#gone) [h](https://gone.example)\n"
        "```\n[i](gone.md)\n```\n"
    )
    assert faults(page) == ["gone.md", "there.md#gone", "#gone"]
