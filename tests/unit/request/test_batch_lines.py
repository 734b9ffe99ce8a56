"""JSON lines, cut into slices: every line is in one of them, by its number."""

from __future__ import annotations

import json

import pytest

from greenroom.domain.errors import InvalidRequest
from greenroom.request.batch_lines import SLICE_BYTES, SLICE_LINES, as_lines, count_lines, read_line, slices
from greenroom.request.json_limits import MAX_BODY_BYTES
from greenroom.request.stream_request import parse_request
from tests.support.examples import RULES, a_body


def numbered(text: bytes) -> list[tuple[int, bytes]]:
    return [line for part in slices(text) for line in part.lines()]


@pytest.mark.parametrize("character", ["é", "語", "𝄞", '"'])
def test_a_request_of_a_list_that_is_just_small_enough_is_not_too_long_as_a_line(character: str) -> None:
    text = character * (16_000 // len(json.dumps(character, ensure_ascii=False)[1:-1].encode()))
    request = a_body(metadata={"text": text})
    parse_request(request, RULES)
    (part,) = slices(as_lines([request]))
    assert [read_line(line) for _, line in part.lines()] == [request]


@pytest.mark.parametrize("count", [1, SLICE_LINES, SLICE_LINES + 1, 1000])
def test_every_line_is_in_one_slice_by_its_number(count: int) -> None:
    text = as_lines([{"sessionId": str(number)} for number in range(1, count + 1)])
    assert [(number, json.loads(line)["sessionId"]) for number, line in numbered(text)] == [
        (number, str(number)) for number in range(1, count + 1)
    ]
    assert count_lines(slices(text)) == count
    assert len(list(slices(text))) == -(-count // SLICE_LINES)


def test_blank_lines_count_as_lines_and_are_no_requests() -> None:
    text = b"\n".join([b"{}", *[b" \r"] * 70, b"{}", b""])
    assert numbered(text) == [(1, b"{}"), (72, b"{}")]


def test_a_file_s_byte_order_mark_and_carriage_returns_do_no_harm() -> None:
    ((number, line),) = numbered(b"\xef\xbb\xbf{}\r\n")
    assert (number, read_line(line)) == (1, {})


def test_a_slice_fits_into_an_item_however_long_its_lines_are() -> None:
    text = b"\n".join([b"x" * 20_000] * 100)
    parts = list(slices(text))
    assert max(len(part.text) for part in parts) <= SLICE_BYTES
    assert count_lines(parts) == 100


def test_a_line_that_is_too_long_stays_too_long() -> None:
    ((_, line),) = numbered(b'"' + b"x" * 100_000 + b'"')
    assert len(line) == MAX_BODY_BYTES + 1
    with pytest.raises(InvalidRequest, match="larger than"):
        read_line(line)


@pytest.mark.parametrize("line", [b"{", b"\xff", b"NaN", b"1e999", b"[" * 16_000], ids=lambda line: str(line[:5]))
def test_a_line_that_is_no_json_says_so(line: bytes) -> None:
    with pytest.raises(InvalidRequest, match="must be JSON"):
        read_line(line)
