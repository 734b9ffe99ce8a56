"""The page: one document, its policy, its texts, and the studio that it is of."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from greenroom.api.waiting_room.page import make_page
from greenroom.api.waiting_room.studio import MAX_LOGO_BYTES, TEXTS, Studio, own_texts

STUDIO = Studio("Northlight", "#2f6f57")
SOURCES = Path(make_page.__code__.co_filename).parent
MOST_BYTES = 30_000


class Elements(HTMLParser):
    """The elements of a document with their attributes, and the texts of styles and scripts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = [("document", {})]
        self.sources: dict[str, str] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        tag, attributes = self.found[-1]
        if tag in {"style", "script"} and attributes.get("type") is None and data.strip():
            self.sources.setdefault(tag, data)


def policy(html: Studio) -> dict[str, str]:
    written = make_page(html).headers["Content-Security-Policy"].split("; ")
    return dict(directive.split(" ", 1) for directive in written)


def test_the_policy_lets_in_this_style_and_this_script_and_nothing_else() -> None:
    sources = Elements(make_page(STUDIO).html).sources
    hashes = {
        tag: f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
        for tag, text in sources.items()
    }
    assert policy(STUDIO) == {
        "default-src": "'none'",
        "script-src": hashes["script"],
        "style-src": hashes["style"],
        "connect-src": "'self'",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }


def test_nothing_in_the_page_needs_more_than_the_policy_allows() -> None:
    for tag, attributes in Elements(make_page(STUDIO).html).found:
        assert not [name for name in attributes if name.startswith("on") or name == "style"], tag
        assert all((attributes.get(name) or "data:").startswith("data:") for name in ("src", "href")), tag


def test_the_page_tells_no_other_site_of_itself_and_is_framed_by_none() -> None:
    headers = make_page(STUDIO).headers
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Strict-Transport-Security"].startswith("max-age=")
    assert "camera=()" in headers["Permissions-Policy"]


def test_with_the_largest_logo_the_page_is_still_light() -> None:
    logo = "data:image/png;base64," + base64.b64encode(bytes(MAX_LOGO_BYTES)).decode()
    page = make_page(Studio("N" * 60, "#2f6f57", logo))
    assert len(page.html.encode()) + len(str(page.headers)) < MOST_BYTES


def test_a_name_and_texts_are_text_whatever_is_in_them() -> None:
    hostile = "</script><script>alert(1)</script>&\"'"
    page = make_page(Studio(hostile, "#2f6f57", "data:image/png;base64,", dict.fromkeys(own_texts(), hostile)))
    elements = Elements(page.html)
    assert [tag for tag, _ in elements.found].count("script") == 2
    assert policy(STUDIO)["script-src"] in page.headers["Content-Security-Policy"]
    assert [attributes["alt"] for tag, attributes in elements.found if tag == "img"] == [hostile]
    embedded = re.search('id="texts">(.*?)</script>', page.html)
    assert embedded
    assert set(json.loads(embedded[1]).values()) == {hostile}


def test_a_studio_is_read_from_its_files(tmp_path: Path) -> None:
    (tmp_path / "logo.svg").write_text("<svg/>")
    (tmp_path / TEXTS).write_text('{"lang": "fr", "open.button": "Ouvrir"}')
    studio = Studio.read("Northlight", "#123456", tmp_path)
    assert studio.logo == "data:image/svg+xml;base64," + base64.b64encode(b"<svg/>").decode()
    assert studio.texts == own_texts() | {"lang": "fr", "open.button": "Ouvrir"}
    assert '<html lang="fr"' in make_page(studio).html


def test_without_files_it_is_as_it_comes(tmp_path: Path) -> None:
    assert Studio.read("Northlight", "#2f6f57", tmp_path / "none") == STUDIO


def test_the_script_says_each_text_and_no_other() -> None:
    """Texts by a state (`ready.title`) are said by the name of the state."""
    script, html = (SOURCES / "page.js").read_text(), (SOURCES / "page.py").read_text()
    said = set(re.findall(r'(?:say\(|texts\[|\? |: )"([\w.]+)"', script + html)) | set(
        re.findall(r'\["([\w.]+)"\]', html)
    )
    said |= set(re.findall(r'"((?:notice|late|progress|opening|open)\.?\w*)"', script))
    parts = {f".{part}" for part in re.findall(r"\$\{state\}\.(\w+)", script)}
    assert parts == {".tab", ".title", ".text"}
    plain = {name for name in own_texts() if not re.search(r"\.(tab|title|text)(\.\w+)?$", name)}
    assert plain <= said | {"lang", "dir", "noscript", "footer", "waited", "left"}


@pytest.mark.parametrize("text", own_texts().values())
def test_texts_are_whole_and_plain(text: str) -> None:
    assert text == text.strip()
    assert "'" not in text
