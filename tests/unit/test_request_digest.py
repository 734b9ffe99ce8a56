"""What was asked, as one number: the same for the same request, and after it was stored."""

from __future__ import annotations

from typing import Any

import pytest

from greenroom.errors import InvalidRequest
from greenroom.request import StreamRequest, parse_request
from tests.unit.examples import a_body


def nested(depth: int) -> Any:
    value: Any = "core"
    for _ in range(depth):
        value = [value]
    return value


def test_the_order_of_keys_is_nothing() -> None:
    one = parse_request({"studioId": "s", "sessionId": "t", "metadata": {"a": 1, "b": {"c": 2, "d": 3}}})
    other = parse_request({"metadata": {"b": {"d": 3, "c": 2}, "a": 1}, "sessionId": "t", "studioId": "s"})
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
        {"stopStartedSession": True},
        {"metadata": {"a": 1}},
        {"metadata": {"a": "1"}},
        {"metadata": {"a": [1, 2]}},
    ],
    ids=str,
)
def test_another_request_has_another_digest(change: dict[str, Any]) -> None:
    assert parse_request(a_body(**change)).digest != parse_request(a_body()).digest


def test_the_order_of_values_matters() -> None:
    digests = {parse_request(a_body(metadata={"a": order})).digest for order in ([1, 2], [2, 1])}
    assert len(digests) == 2


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"number": 1.0},
        {"number": 10**30},
        {"number": 0.1},
        {"text": "é\u0000\u2028語😀"},
        {"deep": nested(150)},
        {"deeper": nested(220)},
        {"half a character": "\ud83d"},
        {"boundless": float("inf")},
    ],
    ids=lambda metadata: next(iter(metadata), "empty"),
)
def test_whatever_is_accepted_can_be_stored_and_read_again(metadata: dict[str, Any]) -> None:
    try:
        request = parse_request(a_body(metadata=metadata))
    except InvalidRequest:
        return
    stored = request.model_dump_json(by_alias=True, exclude_unset=True)
    assert StreamRequest.model_validate_json(stored).digest == request.digest
