"""The studio that the waiting room is the room of: its name, colour, logo, and the texts of the page.

Name and colour are in the function's environment; the logo and own texts are files in the asset, because an
environment has 4 KB for everything.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

# Where the files are in the asset, below its root.
DIRECTORY = "studio"
TEXTS = "texts.json"
# A browser runs no script of an SVG that is an image: https://www.w3.org/TR/SVG2/conform.html#secure-static-mode
LOGOS: Mapping[str, str] = {".svg": "image/svg+xml", ".png": "image/png"}
MAX_LOGO_BYTES = 8 * 1024
MAX_TEXT_LENGTH = 400

_TEXTS = Path(__file__).with_name(TEXTS)


def own_texts() -> dict[str, str]:
    """Return the texts that come with the page, by name."""
    return dict(json.loads(_TEXTS.read_text(encoding="utf-8")))


@dataclass(frozen=True)
class Studio:
    """`color` is `#rrggbb`; `logo` is a data URI, if there is a logo; `texts` has every text of the page."""

    name: str
    color: str
    logo: str | None = None
    texts: Mapping[str, str] = field(default_factory=own_texts)

    @classmethod
    def read(cls, name: str, color: str, directory: Path) -> Studio:
        """Read a studio with the files of a directory, if there are any. A missing text is the page's own."""
        texts = directory / TEXTS
        given = json.loads(texts.read_text(encoding="utf-8")) if texts.is_file() else {}
        return cls(name, color, _logo(directory), {**own_texts(), **given})


def _logo(directory: Path) -> str | None:
    for suffix, kind in LOGOS.items():
        if (file := directory / f"logo{suffix}").is_file():
            return f"data:{kind};base64,{base64.b64encode(file.read_bytes()).decode()}"
    return None
