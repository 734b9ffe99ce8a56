"""Strategies of Hypothesis for what comes from outside: any text, any JSON, requests that are nearly right."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from tests.support.examples import a_body

# Stands in texts that may hold a secret. It must never be seen again.
CANARY = "canary"
SECRET_URL = f"https://stream.example/connect?token={CANARY}"
ODD_TEXTS = (
    "",
    "\x00",
    "a\x00b",
    "\ud800",
    "\udfff\ud800",
    "x" * 2049,
    "é" * 1025,
    "𝄞",
    "\u202e\ufeff\x85",
    "..",
    "a/b",
    "%00",
    "null",
    "NaN",
    "1e400",
    "9" * 400,
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-12:00",
    "https://[::1",
    "https://hooks.example:99999/",
    "https://hooks.example/x",
    SECRET_URL,
    f"token={CANARY}",
)
ODD_NUMBERS = (0, -1, 1.5, 120.0, 2445.0, -0.0, 1e308, 2**53, 2**63, 10**400, float("inf"), float("nan"))
FIELDS = (
    "provider",
    "studioId",
    "sessionId",
    "expirationInSeconds",
    "deadlineSeconds",
    "notify",
    "metadata",
    "claim",
    "waitingRoom",
    "releaseOnFailure",
    "renew",
    "colour",
)

texts = st.one_of(st.sampled_from(ODD_TEXTS), st.text(st.characters(exclude_categories=()), max_size=20))
plain = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.sampled_from(ODD_NUMBERS), texts)


def json_of(*names: str) -> st.SearchStrategy[Any]:
    """Make any JSON, in which these names of members come often."""
    keys = st.one_of(st.sampled_from([*names, "type", "url", "id"]), texts)
    return st.recursive(
        plain,
        lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(keys, inner, max_size=5)),
        max_leaves=12,
    )


anything = json_of(*FIELDS)
targets = st.lists(
    st.one_of(
        anything,
        st.just({"type": "sns"}),
        st.builds(lambda url: {"type": "webhook", "url": url}, texts),
        st.builds(lambda name: {"type": "websocket", "connectionId": name}, texts),
    ),
    max_size=9,
)
requests = st.one_of(
    anything,
    st.builds(lambda odd: a_body(**odd), st.dictionaries(st.sampled_from(FIELDS), anything, max_size=3)),
    st.builds(lambda notify: a_body(notify=notify), targets),
    st.builds(lambda more: a_body(metadata=more), st.dictionaries(texts, anything, max_size=4)),
)


def _spoiled(text: str, end: int, more: str) -> str:
    return text[: end % (len(text) + 1)] + more


def texts_of(found: st.SearchStrategy[Any]) -> st.SearchStrategy[str]:
    """Make JSON texts, some of them cut, doubled, too deep, or none."""
    written = st.builds(lambda value, ascii_: json.dumps(value, ensure_ascii=ascii_), found, st.booleans())
    return st.one_of(
        written,
        written,
        st.builds(_spoiled, written, st.integers(min_value=0), texts),
        st.builds(lambda text: text[:-1] + "," + text[1:] if len(text) > 2 else text, written),
        st.sampled_from(
            ["[" * 50_000, '{"a":' * 2_000, "[" * 900 + "]" * 900, '{"studioId": 1, "studioId": "studio"}']
        ),
        texts,
    )
