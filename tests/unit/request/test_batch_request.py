"""The rules of a batch, at the door."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from greenroom.domain.errors import MAX_ERRORS, InvalidRequest
from greenroom.request.batch_request import (
    MAX_REQUESTS,
    BatchRequest,
    digest_of,
    parse_batch,
    with_defaults,
)
from greenroom.request.stream_request import StreamRequest
from tests.support.examples import RULES, a_body
from tests.support.fakes import NOW

SOURCE = {"bucket": "classes", "key": "monday.jsonl"}


def anybody(_: StreamRequest) -> None:
    """Let every caller make it."""


def errors(body: Any) -> dict[str, str]:
    with pytest.raises(InvalidRequest) as caught:
        parse_batch(body, RULES, anybody)
    return {error.field: error.detail for error in caught.value.errors}


def a_batch(**fields: Any) -> BatchRequest:
    return parse_batch({"requests": [a_body()], **fields}, RULES, anybody)


def test_a_batch_is_a_list_or_an_object_of_s3_with_what_goes_for_all() -> None:
    batch = a_batch(defaults={"deadlineSeconds": 60}, metadata={"class": "A-17"})
    assert (batch.requests, batch.source) == ([a_body()], None)
    from_s3 = parse_batch({"source": SOURCE}, RULES, anybody)
    assert from_s3.source
    assert (from_s3.source.bucket, from_s3.source.key) == ("classes", "monday.jsonl")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ([], "body"),
        ({"\ud800": 1}, "body"),
        ({"requests": [a_body()], "": 1}, '""'),
        ({"source": {"bucket": "\ud800", "key": "x"}}, "source.bucket"),
        ({"requests": [a_body()], "metadata": {"\ud800": 1}}, "metadata"),
        ({}, "body"),
        ({"requests": [a_body()], "source": SOURCE}, "body"),
        ({"requests": []}, "requests"),
        ({"requests": {}}, "requests"),
        ({"requests": [a_body()] * (MAX_REQUESTS + 1)}, "requests"),
        ({"source": {"bucket": "Not A Bucket", "key": "x"}}, "source.bucket"),
        ({"source": {"bucket": "classes"}}, "source.key"),
        ({"source": SOURCE, "startAt": "tomorrow"}, "startAt"),
        ({"source": SOURCE, "startAt": "2026-11-24T12:00:00"}, "startAt"),
        ({"source": SOURCE, "defaults": []}, "defaults"),
        ({"source": SOURCE, "metadata": {"x": "y" * 20_000}}, "metadata"),
        ({"source": SOURCE, "metadata": {"x": [2**60]}}, "metadata.x[0]"),
        ({"source": SOURCE, "notify": []}, "notify"),
    ],
    ids=str,
)
def test_what_is_wrong_is_named(body: Any, field: str) -> None:
    assert list(errors(body)) == [field]


def test_a_request_of_a_list_is_checked_with_the_defaults_and_named_by_its_place() -> None:
    body = {"requests": [{"sessionId": "a"}, {"sessionId": ""}, 7, {}], "defaults": {"studioId": "studio"}}
    assert list(errors(body)) == ["requests[1].sessionId", "requests[2]", "requests[3].sessionId"]


def test_so_many_errors_are_named_and_no_more() -> None:
    assert len(errors({"requests": [7] * 5000})) == MAX_ERRORS


def test_ten_thousand_requests_are_accepted() -> None:
    batch = parse_batch({"requests": [a_body()] * MAX_REQUESTS}, RULES, anybody)
    assert len(batch.requests or ()) == MAX_REQUESTS


def test_a_field_of_a_request_goes_before_the_default() -> None:
    assert with_defaults({"a": 1}, {"a": 2, "b": 3}) == {"a": 1, "b": 3}
    assert with_defaults([], {"a": 2}) == []


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2026-11-24T12:00:00Z", 0),
        ("2026-11-24T14:00:30.900+02:00", 30),
        ("2026-11-24T11:59:00Z", -60),
        ("2027-11-19T12:00:00Z", 360 * 86_400),
    ],
)
def test_a_start_is_a_time_with_its_offset(text: str, seconds: int) -> None:
    assert a_batch(startAt=text).starts_at(NOW) == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-24T11:58:59Z",
        "2027-11-19T12:00:01Z",
        "1999-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",  # in UTC, it is before there are years
        "9999-12-31T23:59:59.999999-12:00",  # in UTC, it is after the last one
    ],
)
def test_a_start_is_neither_past_nor_too_far_ahead(text: str) -> None:
    with pytest.raises(InvalidRequest, match="startAt: must not be past, nor more than 360 days ahead"):
        a_batch(startAt=text).starts_at(NOW)


@pytest.mark.parametrize("text", ["tomorrow", "x" * 4000, "2026-13-24T12:00:00Z", "2026-11-24T12:00:00"])
def test_what_is_no_time_is_refused_by_the_rule_and_not_repeated(text: str) -> None:
    assert errors({"source": SOURCE, "startAt": text}) == {
        "startAt": "must be a time with its offset, such as 2026-11-24T12:00:00Z"
    }


def test_a_batch_without_a_start_begins_now() -> None:
    assert a_batch().starts_at(NOW) == NOW


def test_what_is_too_deep_to_be_written_is_refused() -> None:
    deep: list[Any] = []
    for _ in range(200_000):
        deep = [deep]
    with pytest.raises(InvalidRequest, match="body: must not be nested more than 16 deep"):
        digest_of({"requests": deep})


def test_the_order_of_keys_makes_no_other_batch() -> None:
    one = {"requests": [a_body()], "metadata": {"a": 1, "b": 2}}
    assert digest_of(one) == digest_of({"metadata": {"b": 2, "a": 1}, "requests": [a_body()]})
    assert digest_of(one) != digest_of({**one, "metadata": {"a": 1}})
