"""Calls that no document describes: odd methods, paths, headers, queries, keys and bodies, as Hypothesis makes them."""

from __future__ import annotations

from operator import itemgetter
from typing import Any
from urllib.parse import quote

import requests
from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st
from requests.auth import AuthBase

from tests.fuzz.answers import faults, is_the_emulators_own
from tests.fuzz.tally import Tally
from tests.support import profiles
from tests.support.anything import anything, json_of, texts, texts_of
from tests.support.anything import requests as asked
from tests.support.documents import openapi

# API Gateway takes 10,240 bytes of headers in all, and the emulator's server lines of 8 KiB.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
_LONGEST = 2_500
_METHODS = ("GET", "POST", "DELETE", "PUT", "PATCH", "HEAD", "OPTIONS", "QUERY", "BREW")
_ROUTES = [
    (method.upper(), path.removeprefix("/"))
    for path, item in openapi()["paths"].items()
    for method in item.keys() - {"parameters"}
]
_MEDIA = (
    "application/json",
    "text/plain",
    "application/xml",
    "multipart/form-data; boundary=x",
    "a/b; charset=latin-1",
)
_PAGE = ("state", "limit", "next", "batch", "cursor", "x")

# A client takes `.` and `..` for ways out of the API.
_names = texts.map(lambda text: quote(text.encode(errors="replace")[:_LONGEST], safe="")).filter(
    lambda name: name not in {".", ".."}
)
_queries = st.lists(
    st.tuples(st.sampled_from(_PAGE), st.one_of(_names, st.sampled_from(["pending", "2445.0", "1e2", "-0", "99999"]))),
    max_size=4,
).map(lambda pairs: "&".join(f"{name}={value}" for name, value in pairs))
# As they can stand in a header; a space neither first nor last.
_headers = st.dictionaries(
    st.sampled_from(
        ["Idempotency-Key", "Authorization-2", "Accept", "X-Forwarded-For", "X-Amz-Target", "Content-Type"]
    ),
    st.one_of(texts, st.sampled_from(_MEDIA)).map(
        lambda text: "".join(each for each in text if each.isprintable() and ord(each) < 256).strip()[:_LONGEST]
    ),
    max_size=3,
)
_batches = st.fixed_dictionaries(
    {"requests": st.lists(asked, max_size=3)},
    optional={"defaults": anything, "startAt": anything, "metadata": anything},
)
_bodies = st.one_of(
    texts_of(asked), texts_of(_batches), texts_of(json_of("source", "bucket", "key")), texts_of(anything)
).map(lambda text: text.encode("utf-8", "replace"))
# The emulator takes %2F for a slash, and so the rest for another resource, as it does what is empty.
_segments = _names.filter(lambda name: name and "%2F" not in name)
_documented = st.builds(
    lambda route, name: (route[0], route[1].replace("{id}", name)), st.sampled_from(_ROUTES), _segments
)
_undocumented = st.tuples(
    st.sampled_from(_METHODS), st.one_of(_documented.map(itemgetter(1)), st.lists(_names, max_size=4).map("/".join))
)
_places = st.integers(0, 4).flatmap(lambda chance: _documented if chance else _undocumented)
_calls = st.tuples(_places, _queries, _headers, st.one_of(_bodies, _bodies, st.binary(max_size=100), st.just(b"")))


def run(url: str, auth: AuthBase, *, cases: int, number: int) -> Tally:
    """Make so many calls, the same ones for the same number."""
    profiles.register()
    tally, http = Tally(), requests.Session()

    @seed(number)
    @settings(max_examples=cases, derandomize=False, phases=[Phase.generate])
    @given(_calls)
    def call(given_call: tuple[tuple[str, str], str, dict[str, str], bytes]) -> None:
        (method, path), query, headers, body = given_call
        signed = auth if not path.startswith(("waiting-room", "webhook-keys")) else _unsigned
        whole = url + path + (f"?{query}" if query else "")
        answer = http.request(method, whole, headers=headers, data=body, auth=signed, allow_redirects=False, timeout=60)
        tally.count(answer.status_code)
        for fault in _faults(answer):
            tally.found(fault, f"{method} {path}?{query} {headers} {body[:500]!r}")

    call()
    return tally


def _faults(answer: requests.Response) -> list[str]:
    # An answer to HEAD has no body, whatever its headers say of one.
    if answer.request.method == "HEAD":
        return [f"status {answer.status_code} to HEAD"] if answer.status_code >= 500 else []
    if is_the_emulators_own(answer.status_code, str(answer.request.url)):
        return []
    return list(faults(answer.status_code, answer.reason, answer.headers.items(), answer.content))


def _unsigned(call: Any) -> Any:
    return call
