"""The requests of a batch as JSON lines, cut into slices that one call of a function submits."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from greenroom.domain.errors import FieldError, InvalidRequest
from greenroom.request.json_limits import MAX_BODY_BYTES, parse_json

# A request takes about 25 ms to submit, so a slice ends well within a function's 30 s, throttling included.
SLICE_LINES = 50
# An item of DynamoDB holds 400 KB. Compressed a slice is much smaller, but nothing promises that.
SLICE_BYTES = 256 * 1024


@dataclass(frozen=True)
class Slice:
    """Consecutive lines; `first` is the number of the first one in the whole, from 1."""

    first: int
    text: bytes

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """The lines that are not blank, by their numbers."""
        for number, line in enumerate(self.text.split(b"\n"), self.first):
            if line.strip():
                yield number, line


def as_lines(requests: Sequence[Any]) -> bytes:
    """Each request as small as it was measured: an escaped character takes up to three times its bytes."""
    return b"\n".join(json.dumps(request, ensure_ascii=False, separators=(",", ":")).encode() for request in requests)


def slices(text: bytes) -> Iterator[Slice]:
    """Cut JSON lines into slices. A line that is longer than a request may be is cut off, and stays too long."""
    kept: list[bytes] = []
    first, size, count = 1, 0, 0
    for number, whole in enumerate(text.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        line = whole[: MAX_BODY_BYTES + 1]
        if kept and (count == SLICE_LINES or size + len(line) > SLICE_BYTES):
            yield Slice(first, b"\n".join(kept))
            kept, first, size, count = [], number, 0, 0
        kept.append(line)
        size += len(line) + 1
        count += bool(line.strip())
    yield Slice(first, b"\n".join(kept))


def count_lines(parts: Iterable[Slice]) -> int:
    return sum(1 for part in parts for _ in part.lines())


def read_line(line: bytes) -> Any:
    """Parse one line. InvalidRequest if it is too long or no JSON."""
    if len(line) > MAX_BODY_BYTES:
        raise InvalidRequest([FieldError("body", f"must not be larger than {MAX_BODY_BYTES} bytes")])
    try:
        return parse_json(line.decode())
    except (ValueError, RecursionError):
        raise InvalidRequest([FieldError("body", "must be JSON")]) from None
