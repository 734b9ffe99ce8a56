"""What an answer says for people, without URLs, which may be secret; and the statuses by which nobody is there."""

from __future__ import annotations

import re
from typing import Any

# The statuses by which a service, or a gateway before it, says that nobody is there who could answer: waiting cures it.
AWAY = frozenset({502, 503, 504})
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
