"""The site: its pages, and what is noticed of them before anybody reads them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tools.site.links import complaints
from tools.site.pages import AT_THE_TOP, ROOT, write


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the site is built of."""
    folder = tmp_path_factory.mktemp("site") / "pages"
    write(folder)
    return folder


def in_the_navigation(entries: list[dict[str, Any]]) -> Iterator[str]:
    for entry in entries:
        for value in entry.values():
            yield from in_the_navigation(value) if isinstance(value, list) else [value]


def test_every_page_of_docs_is_in_the_navigation_and_every_entry_is_a_page(pages: Path) -> None:
    named = set(in_the_navigation(tomllib.loads((ROOT / "zensical.toml").read_text())["project"]["nav"]))
    assert [name for name in sorted(named) if not (pages / name).is_file()] == []
    there = {page.relative_to(pages).as_posix() for page in pages.rglob("*.md")}
    linked_from_a_page = {name for name in there if name.startswith(("adr/", "examples/"))}
    assert there - linked_from_a_page == named - {"adr/README.md"}


def test_every_decision_is_in_the_table_of_decisions() -> None:
    table = (ROOT / "docs" / "adr" / "README.md").read_text()
    decisions = sorted(path.name for path in (ROOT / "docs" / "adr").glob("0*.md"))
    assert [name for name in decisions if f"]({name})" not in table] == []


def test_a_link_to_the_sources_leads_to_a_copy(pages: Path) -> None:
    assert "](source/local/app.py.txt)" in (pages / "local-stack.md").read_text()
    assert (pages / "source" / "local" / "app.py.txt").read_text() == (ROOT / "local" / "app.py").read_text()


def test_a_link_to_a_page_elsewhere_leads_to_its_place_on_the_site(pages: Path) -> None:
    assert "](ARCHITECTURE.md#one-outcome)" in (pages / "flow.md").read_text()
    assert "](flow.md" in (pages / "ARCHITECTURE.md").read_text()
    assert "](examples/own_provider/README.md)" in (pages / "add-a-provider.md").read_text()


def test_a_link_to_a_folder_without_a_page_is_its_words(pages: Path) -> None:
    assert "The suite in tests/conformance takes" in (pages / "providers.md").read_text()


def test_code_keeps_what_looks_like_a_link(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    for name in (*AT_THE_TOP, "app.py"):
        (tmp_path / name).write_text("")
    (tmp_path / "docs" / "page.md").write_text("[a](../app.py)\n```\n[a](../app.py)\n```\n")
    write(tmp_path / "pages", tmp_path)
    assert (tmp_path / "pages" / "page.md").read_text() == "[a](source/app.py.txt)\n```\n[a](../app.py)\n```\n"


GOOD = '<h1 id="top"></h1><a href="b.html#there">b</a><a href="https://other.example">c</a><img src="a.png">'


@pytest.mark.parametrize(
    ("html", "complaint"),
    [
        (GOOD, []),
        ('<a href="gone.html">', ["a.html: gone.html leads nowhere"]),
        ('<a href="b.html#gone">', ["a.html: b.html#gone names no heading that is there"]),
        ('<a href="#gone">', ["a.html: #gone names no heading that is there"]),
        ('<img src="gone.png">', ["a.html: gone.png leads nowhere"]),
        ('<script src="https://cdn.example/x.js">', ["a.html: fetches https://cdn.example/x.js from another host"]),
        ('<link href="//fonts.example/x.css">', ["a.html: fetches //fonts.example/x.css from another host"]),
        (
            '<pre class="mermaid"></pre>',
            ["a.html: has a diagram, and would fetch what draws it from another host"],
        ),
    ],
    ids=["good", "page", "heading", "own heading", "picture", "script", "style", "diagram"],
)
def test_a_fault_of_a_built_page_is_named(tmp_path: Path, html: str, complaint: list[str]) -> None:
    (tmp_path / "a.html").write_text(html)
    (tmp_path / "b.html").write_text('<h2 id="there"></h2>')
    (tmp_path / "a.png").write_bytes(b"")
    assert complaints(tmp_path) == complaint
