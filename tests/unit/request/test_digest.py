"""A request as one number: the same for the same request however it is written, and whatever is in it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from greenroom.domain.errors import InvalidRequest
from greenroom.record.items import from_item, to_item
from greenroom.request.stream_request import parse_request
from tests.support.examples import RULES, a_body, a_record


def nested(depth: int) -> Any:
    value: Any = "core"
    for _ in range(depth):
        value = [value]
    return value


def test_the_order_of_keys_is_nothing() -> None:
    one = parse_request({"studioId": "s", "sessionId": "t", "metadata": {"a": 1, "b": {"c": 2, "d": 3}}}, RULES)
    other = parse_request({"metadata": {"b": {"d": 3, "c": 2}, "a": 1}, "sessionId": "t", "studioId": "s"}, RULES)
    assert one.digest == other.digest


@pytest.mark.parametrize(
    "change",
    [
        {"studioId": "other"},
        {"sessionId": "other"},
        {"expirationInSeconds": 60},
        {"deadlineSeconds": 60},
        {"notify": [{"type": "websocket", "connectionId": "c"}]},
        {"notify": [{"type": "sns"}, {"type": "sns"}]},
        {"claim": True},
        {"releaseOnFailure": True},
        {"metadata": {"a": 1}},
        {"metadata": {"a": "1"}},
        {"metadata": {"a": [1, 2]}},
    ],
    ids=str,
)
def test_another_request_has_another_digest(change: dict[str, Any]) -> None:
    assert parse_request(a_body(**change), RULES).digest != parse_request(a_body(), RULES).digest


@pytest.mark.parametrize(
    "spellings", [("1", "1.0", "1e0", "10e-1"), ("0", "-0", "-0.0"), ("0.1", "1e-1", "0.10")], ids=str
)
def test_the_spelling_of_a_number_is_nothing(spellings: tuple[str, ...]) -> None:
    requests = [parse_request(a_body(metadata={"n": [json.loads(spelling)]}), RULES) for spelling in spellings]
    assert len({request.digest for request in requests}) == 1


def test_nor_is_the_spelling_of_a_text() -> None:
    one, other = (json.loads(text) for text in ('"é/\\u2028"', '"\\u00e9\\/\u2028"'))
    assert (
        parse_request(a_body(metadata={"t": one}), RULES).digest
        == parse_request(a_body(metadata={"t": other}), RULES).digest
    )


def test_a_request_that_step_functions_has_read_and_written_is_the_same() -> None:
    """All its numbers are doubles then: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-state-machine-data.html."""
    metadata = {"small": 7, "large": [2**53 - 1, -(2**53) + 1], "half": 0.5, "text": "7", "yes": True, "none": None}
    body = a_body(expirationInSeconds=60, deadlineSeconds=86_400, metadata=metadata, notify=[{"type": "sns"}])
    passed_on = json.loads(json.dumps(body), parse_int=float)
    assert isinstance(passed_on["deadlineSeconds"], float)
    assert parse_request(passed_on, RULES).digest == parse_request(body, RULES).digest


def test_a_provider_that_is_written_out_is_the_same_as_the_only_one() -> None:
    ids = {"studioId": "studio", "sessionId": "session"}
    assert parse_request(a_body(), RULES).digest == parse_request(ids, RULES).digest


def test_true_is_not_1() -> None:
    digests = {parse_request(a_body(metadata={"a": value}), RULES).digest for value in (True, 1, "1", None)}
    assert len(digests) == 4


def test_the_order_of_values_matters() -> None:
    digests = {parse_request(a_body(metadata={"a": order}), RULES).digest for order in ([1, 2], [2, 1])}
    assert len(digests) == 2


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"number": 1.0},
        {"number": 10**30},
        {"number": 2**53 - 1},
        {"number": 1e300},
        {"number": 5e-324},
        {"number": 0.1},
        {"text": "é\u0000\u2028語😀"},
        {"deep": nested(150)},
        {"deeper": nested(220)},
        {"half a character": "\ud83d"},
        {"boundless": float("inf")},
    ],
    ids=lambda metadata: next(iter(metadata), "empty"),
)
def test_whatever_is_accepted_has_a_digest_and_can_be_kept(metadata: dict[str, Any]) -> None:
    body = a_body(metadata=metadata)
    try:
        request = parse_request(body, RULES)
    except InvalidRequest:
        return
    record = a_record(body)
    assert from_item(to_item(record)).metadata == record.metadata == metadata
    assert parse_request(json.loads(json.dumps(body)), RULES).digest == record.digest == request.digest
