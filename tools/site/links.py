"""What is wrong with built pages: links and anchors that lead nowhere, and what is fetched from other hosts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

# Elements whose address a browser fetches by itself, and those that wait for a click.
_FETCHED = {"audio": "src", "iframe": "src", "img": "src", "link": "href", "script": "src", "source": "src"}
_FOLLOWED = {"a": "href"}


@dataclass
class Page(HTMLParser):
    """The anchors of a page, the addresses that it fetches, and those that it links to."""

    anchors: set[str] = field(default_factory=set)
    fetched: list[str] = field(default_factory=list)
    followed: list[str] = field(default_factory=list)
    diagrams: int = 0

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.anchors |= {found[name] for name in ("id", "name") if name in found}
        self.diagrams += "mermaid" in found.get("class", "").split()
        if found.get("rel") == "canonical":
            return
        for addresses, kept in ((_FETCHED, self.fetched), (_FOLLOWED, self.followed)):
            if addresses.get(tag) in found:
                kept.append(found[addresses[tag]])


def complaints(site: Path) -> list[str]:
    """A sentence for each fault of the pages below `site`; no other host is asked for anything."""
    pages = {path: _read(path) for path in sorted(site.rglob("*.html"))}
    return [
        f"{path.relative_to(site)}: {fault}"
        for path, page in pages.items()
        for fault in _faults(path, page, site, pages)
    ]


def _read(path: Path) -> Page:
    page = Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def _faults(path: Path, page: Page, site: Path, pages: Mapping[Path, Page]) -> Iterator[str]:
    for address in page.fetched:
        if urlsplit(address).netloc:
            yield f"fetches {address} from another host"
    if page.diagrams and not any("mermaid" in address for address in page.fetched):
        yield "has a diagram, and would fetch what draws it from another host"
    for address in (*page.fetched, *page.followed):
        parts = urlsplit(address)
        if parts.scheme or parts.netloc or not address:
            continue
        start = site if parts.path.startswith("/") else path.parent
        target = (start / unquote(parts.path).lstrip("/")).resolve() if parts.path else path
        target = target / "index.html" if target.is_dir() else target
        if not target.is_file():
            yield f"{address} leads nowhere"
        elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].anchors:
            yield f"{address} names no heading that is there"
