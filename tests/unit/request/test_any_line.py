"""Whatever an S3 object has in it: each line is a request, or is refused with its rules; none is lost or moved."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from greenroom.domain.errors import InvalidRequest
from greenroom.request.batch_lines import SLICE_BYTES, SLICE_LINES, count_lines, read_line, slices
from greenroom.request.batch_request import parse_batch, with_defaults
from greenroom.request.json_limits import MAX_BODY_BYTES
from greenroom.request.stream_request import parse_request
from tests.support.anything import anything, json_of, requests, texts_of
from tests.support.examples import RULES
from tests.support.profiles import share

lines = st.one_of(
    st.binary(max_size=200),
    texts_of(requests).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.sampled_from([b"", b" ", b"\r", b"\xef\xbb\xbf{}", b'{"a": "' + b"x" * 20_000, b"x" * 300_000, b"[" * 20_000]),
)
objects = st.lists(lines, max_size=12).flatmap(
    lambda found: st.sampled_from([b"\n", b"\r\n", b"\n\n"]).map(lambda end: end.join(found * 7))
)


@given(text=objects)
@share(0.5)
def test_every_line_of_an_object_is_in_one_slice_by_its_number(text: bytes) -> None:
    parts = list(slices(text))
    found = [pair for part in parts for pair in part.lines()]
    whole = text.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    assert found == [(n, each[: MAX_BODY_BYTES + 1]) for n, each in enumerate(whole, 1) if each.strip()]
    assert count_lines(parts) == len(found)
    for part in parts:
        assert sum(1 for _ in part.lines()) <= SLICE_LINES
        assert len(part.text) <= SLICE_BYTES + SLICE_LINES


@given(line=lines, defaults=st.dictionaries(st.sampled_from(["studioId", "metadata", "provider"]), anything))
def test_a_line_is_a_request_or_is_refused_by_the_names_of_its_fields(line: bytes, defaults: dict[str, Any]) -> None:
    try:
        request = parse_request(with_defaults(read_line(line), defaults), RULES)
    except InvalidRequest as refused:
        _ensure_it_names_fields(refused)
    else:
        assert request.digest


@given(
    batch=st.one_of(
        anything,
        st.fixed_dictionaries(
            {},
            optional={
                "requests": st.one_of(anything, st.lists(requests, max_size=4)),
                "source": json_of("bucket", "key"),
                "startAt": anything,
                "defaults": anything,
                "metadata": anything,
            },
        ),
    )
)
def test_a_batch_is_taken_or_refused_by_the_names_of_its_fields(batch: Any) -> None:
    try:
        parse_batch(batch, RULES, lambda _: None)
    except InvalidRequest as refused:
        _ensure_it_names_fields(refused)


def _ensure_it_names_fields(refused: InvalidRequest) -> None:
    assert refused.errors
    assert all(error.field and error.detail for error in refused.errors)
    assert json.dumps(refused.as_dicts(), ensure_ascii=False).encode()
