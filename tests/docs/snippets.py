"""Every fenced block of the README and of docs that somebody may copy: commands, programs, JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from sybil.document import Document
from sybil.parsers.markdown.lexers import RawFencedCodeBlockLexer

from tools.site.pages import ROOT

# Pictures are no snippets, and a block without a language is the output of something.
NOT_COPIED = {"", "mermaid", "text"}
_INFO = re.compile(r'(?P<language>\w*)(?:[ \t]+title="(?P<title>[^"]+)")?[ \t]*\n')


@dataclass(frozen=True)
class Snippet:
    """A block of a page, which is named by its path in the repository."""

    page: str
    line: int
    language: str
    title: str | None
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


@cache
def snippets() -> tuple[Snippet, ...]:
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return tuple(
        snippet
        for page in pages
        for snippet in snippets_of(page.relative_to(ROOT).as_posix(), page.read_text(encoding="utf-8"))
        if snippet.language not in NOT_COPIED
    )


def snippets_of(page: str, text: str) -> Iterator[Snippet]:
    document = Document(text, page)
    for region in RawFencedCodeBlockLexer(_INFO)(document):
        language, title = region.lexemes["language"], region.lexemes["title"]
        line = text.count("\n", 0, region.start) + 1
        yield Snippet(page, line, language, title, str(region.lexemes["source"]))


def titled(page: str, title: str) -> str:
    """The one program of this name on a page."""
    (found,) = (snippet for snippet in snippets() if (snippet.page, snippet.title) == (page, title))
    return found.text
