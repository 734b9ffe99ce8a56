"""The words of a service, for people: never with a URL, which may be a secret."""

from __future__ import annotations

import re
from typing import Any

NO_WORDS = "no reason given"

_LONGEST = 300
_URL = re.compile(r"\b[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)


def without_urls(said: Any) -> str:
    """Return what was said without its URLs, or that nothing was."""
    return _URL.sub("<url>", str(said or "")) or NO_WORDS


def plain_words(said: Any) -> str:
    """Whatever a service said: without URLs, on one line, and not long."""
    text = without_urls(said if isinstance(said, str) else "")
    return " ".join(text.split())[:_LONGEST] or NO_WORDS
