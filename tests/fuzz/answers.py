"""What every answer of the API must be: no fault of ours, a problem of RFC 9457 where it refuses, HTTP by RFC 9110."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from httplint import HttpResponseLinter, levels
from jsonschema import Draft202012Validator, FormatChecker

_PROBLEM = Draft202012Validator(
    json.loads(Path(__file__).with_name("problem.schema.json").read_text()), format_checker=FormatChecker()
)
# The notes of HTTPLint that are no faults here, and why.
_MEANT = {
    "STATUS_BAD_REQUEST": "it says what a 400 is",
    "LOCATION_UNDEFINED": "the Location of a 202 is where the request can be looked at, as its document says",
    "CREATED_WITHOUT_LOCATION": "a link is a secret, and headers are logged on their way",
    "FRESHNESS_NO_CACHE_NO_VALIDATOR": "the page of the waiting room is small, and is asked for again each time",
    "STORE_PUBLIC_UNNECESSARY": "whoever signs all calls asks for the webhook keys with Authorization, too",
}
Headers = Iterable[tuple[str, str]]


def is_the_emulators_own(status: int, url: str) -> bool:
    """Whether the emulator's IAM refused a path for its line break, which its `*` does not stand for.

    In IAM it stands for any characters:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
    """
    return status == 403 and "%0A" in url.upper()


def faults(status: int, reason: str, headers: Headers, body: bytes) -> Iterator[str]:
    """Say what is wrong with an answer."""
    fields = [(name.lower(), value) for name, value in headers]
    if status >= 500:
        yield f"status {status}: {body[:300]!r}"
    if status >= 400:
        yield from _no_problem(status, dict(fields), body)
    if status == 401 and not {"www-authenticate", "x-amzn-remapped-www-authenticate"} & dict(fields).keys():
        yield "a 401 without WWW-Authenticate (RFC 9110, 15.5.2)"
    yield from _noted(status, reason, fields, body)


def _no_problem(status: int, fields: dict[str, str], body: bytes) -> Iterator[str]:
    if fields.get("content-type") != "application/problem+json":
        yield f"a {status} that is {fields.get('content-type')}, not application/problem+json"
        return
    try:
        problem = json.loads(body)
    except ValueError:
        yield f"a problem that is no JSON: {body[:300]!r}"
        return
    yield from (f"a problem that RFC 9457 does not know: {error.message}" for error in _PROBLEM.iter_errors(problem))
    # The default answers of API Gateway stand for any status, and claim none.
    if problem.get("status", status) != status or ("status" in problem) != ("title" in problem):
        yield f"a problem with the status of another: {problem}"


def _noted(status: int, reason: str, fields: Iterable[tuple[str, str]], body: bytes) -> Iterator[str]:
    linter = HttpResponseLinter()
    linter.process_response_topline(b"HTTP/1.1", str(status).encode(), reason.encode())
    linter.process_headers([(name.encode(), value.encode("latin-1", "replace")) for name, value in fields])
    linter.feed_content(body)
    linter.finish_content(True)  # noqa: FBT003  # HTTPLint's own
    for note in linter.notes:
        if note.level in {levels.BAD, levels.WARN} and type(note).__name__ not in _MEANT:
            yield f"HTTPLint: {note.summary} ({type(note).__name__})"
