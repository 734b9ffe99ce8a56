"""The input of a call by HTTP: the text of its body, its key, and the parameters of a list."""

from __future__ import annotations

import base64
import json
import string
from urllib.parse import quote

import pytest

from greenroom.api.input import encode_cursor, is_id, parse_query, read_body, request_id_for
from greenroom.domain.errors import BodyTooLarge, InvalidRequest
from greenroom.domain.values import RequestState
from greenroom.request.json_limits import MAX_BODY_BYTES
from tests.support.examples import OWNER

TIME = "2026-11-24T12:00:00.000Z"
WRONG_CURSORS = [
    ("", "r"),
    ("yesterday", "r"),
    ("2026-11-24T12:00:00", "r"),
    (TIME, ""),
    (TIME, "x" * 2049),
    (TIME, "\ud800"),
    ("\ud800", "r"),
]
EXECUTION_NAME = set(string.ascii_letters + string.digits + "-_")


def text_of(size: int, character: str = "a") -> str:
    """Return a JSON text of so many bytes."""
    return '"' + character * ((size - 2) // len(character.encode())) + '"'


@pytest.mark.parametrize("body", ['{"studioId": "a"}', "[]", "null", "1", '"text"', ' {"é": "\\u00e9"} '])
def test_json_is_read(body: str) -> None:
    assert read_body(body) == json.loads(body)


@pytest.mark.parametrize("body", [None, "", "{", "{'a': 1}", "a=b", '{"a": 1}}', "[" * 8000, "{" * 8000])
def test_what_is_no_json_is_refused(body: str | None) -> None:
    with pytest.raises(InvalidRequest, match="body: must be JSON"):
        read_body(body)


@pytest.mark.parametrize("body", ['"\ud800"', "\ud800", '{"\udfff": 1}'], ids=ascii)
def test_half_of_a_character_is_no_json(body: str) -> None:
    with pytest.raises(InvalidRequest, match="body: must be JSON"):
        read_body(body)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1" * 5000])
def test_a_number_that_json_does_not_have_is_refused(number: str) -> None:
    with pytest.raises(InvalidRequest):
        read_body(f'{{"metadata": {{"n": {number}}}}}')


@pytest.mark.parametrize("character", ["a", "é", "語"])
def test_a_body_of_16_kib_is_read(character: str) -> None:
    assert read_body(text_of(MAX_BODY_BYTES, character))


@pytest.mark.parametrize("body", [text_of(MAX_BODY_BYTES + 1), text_of(MAX_BODY_BYTES + 2, "é"), " " * 20_000])
def test_a_body_of_more_bytes_is_too_large_however_few_its_characters(body: str) -> None:
    with pytest.raises(BodyTooLarge, match="16384 bytes"):
        read_body(body)


def test_without_a_key_every_request_is_a_new_one() -> None:
    assert len({request_id_for(OWNER, None) for _ in range(100)}) == 100


def test_the_same_key_of_the_same_caller_is_the_same_request() -> None:
    assert request_id_for(OWNER, "key") == request_id_for(OWNER, "key")
    assert request_id_for(OWNER, "key") != request_id_for(OWNER, "other key")
    assert request_id_for(OWNER, "key") != request_id_for("arn:aws:iam::123456789012:user/bob", "key")


@pytest.mark.parametrize("key", [None, "key", "a b/c:é", "x" * 255])
def test_an_id_can_name_an_execution_and_does_not_show_the_key(key: str | None) -> None:
    found = request_id_for(OWNER, key)
    assert set(found) <= EXECUTION_NAME
    assert 1 <= len(found) <= 80
    assert "key" not in found


@pytest.mark.parametrize("key", ["", "x" * 256, "a\nb", "a\tb", "\x00", "a\u2028b"])
def test_a_key_is_1_to_255_printable_characters(key: str) -> None:
    with pytest.raises(InvalidRequest, match="Idempotency-Key: must be 1 to 255 printable characters"):
        request_id_for(OWNER, key)


@pytest.mark.parametrize("text", ["b", "b" * 80, "é" * 80])
def test_an_id_has_1_to_80_printable_characters(text: str) -> None:
    assert is_id(text)


@pytest.mark.parametrize("text", ["", "b" * 81, "a\nb", "\ud800"], ids=["empty", "long", "two lines", "half"])
def test_what_no_execution_can_be_named_is_no_id(text: str) -> None:
    assert not is_id(text)


def test_a_list_without_parameters_is_the_first_20_in_any_state() -> None:
    asked = parse_query({})
    assert (asked.state, asked.limit, asked.cursor) == (None, 20, None)


@pytest.mark.parametrize("state", list(RequestState))
def test_a_list_may_be_of_one_state(state: RequestState) -> None:
    assert parse_query({"state": state.value}).state is state


@pytest.mark.parametrize("limit", [1, 100])
def test_a_page_has_up_to_100_requests(limit: int) -> None:
    assert parse_query({"limit": str(limit)}).limit == limit


@pytest.mark.parametrize("request_id", ["r", "rr", "rrr", "renewal~1", "é?>"])
def test_the_next_page_starts_where_the_last_one_ended(request_id: str) -> None:
    cursor = ("2026-11-24T12:00:00+00:00", request_id)
    text = encode_cursor(cursor)
    assert parse_query({"next": text}).cursor == cursor
    assert quote(text, safe="-_") == text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("state", "READY"),
        ("state", ""),
        ("limit", "0"),
        ("limit", "101"),
        ("limit", "-1"),
        ("limit", "1.5"),
        ("limit", "many"),
        ("limit", ""),
        ("next", ""),
        ("next", "not base64!"),
        ("next", base64.urlsafe_b64encode(b"not JSON").decode()),
        ("next", base64.urlsafe_b64encode(b'["one"]').decode()),
        ("next", base64.urlsafe_b64encode(b"7").decode()),
        ("next", base64.urlsafe_b64encode(b"[" * 5000).decode()),
        *(("next", encode_cursor(cursor)) for cursor in WRONG_CURSORS),
        ("batch", "x" * 81),
        ("batch", "a\x00"),
        ("page", "2"),
    ],
    ids=lambda value: value[:12],
)
def test_a_wrong_parameter_is_named(name: str, value: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse_query({name: value})
    assert [error.field for error in caught.value.errors] == [name]


def test_all_wrong_parameters_are_named_at_once() -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse_query({"state": "READY", "limit": "0", "page": "2"})
    assert {error.field for error in caught.value.errors} == {"state", "limit", "page"}
