"""What `greenroom batch` sends, and how it tells of a batch."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from greenroom_cli.errors import FAILED, WrongUsage

_NAMES = ("pending", "ready", "failed", "timed_out", "cancelled", "rejected")


def body_of(source: str, *, start_at: str | None, defaults: str | None) -> dict[str, Any]:
    """Return the body of `POST batches`. Raise WrongUsage for a file that is not JSON."""
    more = {"startAt": start_at, "defaults": _object_of(defaults) if defaults is not None else None}
    return _requests_of(source) | {name: value for name, value in more.items() if value is not None}


def counts_of(view: Mapping[str, Any]) -> str:
    """Return the counts in words: `2 pending, 28 ready`."""
    counts = [f"{count} {name.replace('_', ' ')}" for name in _NAMES if (count := view["counts"].get(name))]
    return ", ".join(counts) or "nothing yet"


def exit_code_of(view: Mapping[str, Any]) -> int:
    """Return 0 if every request of a finished batch is ready, else 1."""
    others = sum(view["counts"].get(name, 0) for name in _NAMES if name != "ready")
    return FAILED if others or view["state"] == "cancelled" else 0


def _requests_of(source: str) -> dict[str, Any]:
    if source.startswith("s3://"):
        parts = urlsplit(source)
        return {"source": {"bucket": parts.netloc, "key": parts.path.removeprefix("/")}}
    try:
        text = Path(source).read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUsage(f"{source} cannot be read: {error}") from None
    return {"requests": _list_of(source, text) if text.lstrip().startswith("[") else _lines_of(source, text)}


def _list_of(source: str, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise WrongUsage(f"{source} must be a JSON list, or JSON lines: {error}") from None


def _lines_of(source: str, text: str) -> list[Any]:
    """Return a request for each line, so that the `line` in the API's answer is the file's."""
    requests = []
    for number, line in enumerate(text.splitlines(), 1):
        try:
            requests.append(json.loads(line))
        except ValueError as error:
            raise WrongUsage(f"{source}, line {number}, must be a request as JSON: {error}") from None
    return requests


def _object_of(text: str) -> Any:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise WrongUsage(f"--defaults must be a JSON object: {error}") from None
    if not isinstance(found, dict):
        raise WrongUsage("--defaults must be a JSON object")
    return found
