"""The page: one document with its style and its script in it, and the headers that let it do what it does, no more."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template
from urllib.parse import quote

from greenroom.api.waiting_room.colors import readable_on, visible_on
from greenroom.api.waiting_room.studio import Studio

CONTENT_TYPE = "text/html; charset=utf-8"
# The background by day and by night.
PAPER, NIGHT = "#faf8f4", "#151412"

_SOURCES = Path(__file__).parent
_ICON = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6" fill="{}"/></svg>'
_HEADERS = {
    # Not `no-store`: who comes back to the page by the browser's button finds it as it was.
    "Cache-Control": "no-cache",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True)
class Page:
    """The document and the headers of its answer."""

    html: str
    headers: Mapping[str, str]


def make_page(studio: Studio) -> Page:
    """Make the page of a studio."""
    style, script = _style(studio.color), _source("page.js")
    # Data of a page, not a script; `<` must not end it too early.
    texts = json.dumps(studio.texts, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    words = {
        "lang": studio.texts["lang"],
        "dir": studio.texts["dir"],
        "start": studio.texts["start.title"],
        "progress": studio.texts["progress.label"],
        "noscript": studio.texts["noscript"],
        "footer": studio.texts["footer"],
        "name": studio.name,
        "icon": "data:image/svg+xml," + quote(_ICON.format(studio.color)),
        "paper": PAPER,
        "night": NIGHT,
    }
    html = Template(_source("page.html")).substitute(
        {name: escape(word) for name, word in words.items()},
        mark=_mark(studio),
        style=style,
        script=script,
        texts=texts,
    )
    return Page(html, {**_HEADERS, "Content-Security-Policy": _policy(style, script)})


def _mark(studio: Studio) -> str:
    name = escape(studio.name)
    return f'<img src="{studio.logo}" alt="{name}">' if studio.logo else name


def _style(color: str) -> str:
    accent, night_accent = visible_on(PAPER, color), visible_on(NIGHT, color)
    return Template(_source("page.css")).substitute(
        paper=PAPER,
        accent=accent,
        on_accent=readable_on(accent),
        night=NIGHT,
        night_accent=night_accent,
        night_on_accent=readable_on(night_accent),
    )


def _policy(style: str, script: str) -> str:
    """Return a policy that allows only this style, this script, and calls of the API that served the page."""
    directives = {
        "default-src": "'none'",
        "script-src": _hash(script),
        "style-src": _hash(style),
        "connect-src": "'self'",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in directives.items())


def _hash(source: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}'"


def _source(name: str) -> str:
    return (_SOURCES / name).read_text(encoding="utf-8")
