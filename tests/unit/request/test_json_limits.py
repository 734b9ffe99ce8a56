"""The JSON that a request may be made of: small, not too deep, of numbers that stay the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from greenroom.domain.errors import InvalidRequest
from greenroom.request.json_limits import MAX_BODY_BYTES, MAX_DEPTH, MAX_INTEGER
from greenroom.request.stream_request import parse_request
from tests.support.examples import RULES, a_body


def broken(raw: Any) -> dict[str, str]:
    """Return the broken rules of a request, by field."""
    with pytest.raises(InvalidRequest) as caught:
        parse_request(raw, RULES)
    return {error.field: error.detail for error in caught.value.errors}


def nested(depth: int) -> dict[str, Any]:
    """Make an object of so many levels, the innermost of which is empty."""
    value: dict[str, Any] = {}
    for _ in range(depth - 1):
        value = {"in": value}
    return value


@pytest.mark.parametrize("value", [MAX_INTEGER, -MAX_INTEGER, 0, True, 0.1, -0.0, str(10**30)])
def test_metadata_has_any_number_that_every_reader_of_json_reads_alike(value: object) -> None:
    assert parse_request(a_body(metadata={"n": value}), RULES).metadata == {"n": value}


@pytest.mark.parametrize("value", [MAX_INTEGER + 1, -MAX_INTEGER - 1, 2**63, 10**400, 1e20, -1e300])
@pytest.mark.parametrize(
    ("metadata", "field"),
    [
        (lambda value: {"n": value}, "metadata.n"),
        (lambda value: {"deep": [1, {"er": value}]}, "metadata.deep[1].er"),
        (lambda value: {"list": [[value]]}, "metadata.list[0][0]"),
    ],
    ids=["metadata.n", "metadata.deep[1].er", "metadata.list[0][0]"],
)
def test_a_number_that_a_double_may_not_hold_is_refused_where_it_is(
    metadata: Callable[[int], dict[str, Any]], field: str, value: int
) -> None:
    detail = "must not be a number beyond ±9007199254740991: write it as text"
    assert broken(a_body(metadata=metadata(value))) == {field: detail}


def test_every_number_that_is_too_large_is_named() -> None:
    body = a_body(metadata={"a": 2**53, "b": 1, "c": [-(2**53)]}, notify=[{"type": "sns", "n": 2**60}])
    assert set(broken(body)) == {"metadata.a", "metadata.c[0]", "notify[0].n"}


def test_numbers_by_the_thousand_at_long_paths_are_counted() -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse_request(a_body(metadata={"k" * 7000: [10**19] * 300}), RULES)
    assert len(str(caught.value)) < 10_000
    assert str(caught.value).endswith("and 280 more")


def test_more_than_16_kib_are_refused() -> None:
    assert broken(a_body(metadata={"text": "a" * MAX_BODY_BYTES})) == {"body": "must not be larger than 16384 bytes"}


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 500, 5_000])
def test_what_is_nested_too_deep_is_refused(depth: int) -> None:
    assert list(broken(a_body(metadata=nested(depth - 1)))) == ["body"]


def test_what_is_nested_as_deep_as_it_may_be_is_taken() -> None:
    """The request itself is the first level."""
    assert parse_request(a_body(metadata=nested(MAX_DEPTH - 1)), RULES).metadata == nested(MAX_DEPTH - 1)


@pytest.mark.parametrize(
    "value", [float("inf"), float("nan"), "\ud83d", 10**5000], ids=["inf", "nan", "half", "endless"]
)
def test_what_is_no_json_for_every_reader_is_refused(value: object) -> None:
    detail = "must be JSON of finite numbers and whole characters"
    assert broken(a_body(metadata={"a": value})) == {"body": detail}


@pytest.mark.parametrize("character", ["a", "é", "語"])
def test_a_request_of_just_16_kib_is_taken_however_it_is_written(character: str) -> None:
    """A request is as large as its sender wrote it: in UTF-8, and without blanks."""
    frame = json.dumps(a_body(metadata={"text": ""}), separators=(",", ":"))
    room = MAX_BODY_BYTES - len(frame.encode())
    text = character * (room // len(character.encode()))
    assert parse_request(a_body(metadata={"text": text}), RULES).metadata["text"] == text
