"""One set of rules for the request; every broken one is named."""

from __future__ import annotations

import json
from typing import Any

import pytest

from greenroom.domain.errors import InvalidRequest
from greenroom.providers.nimble.fields import NimbleFields
from greenroom.request.stream_request import StreamRequest, parse_request
from tests.support.examples import RULES, a_body

SECONDS = "must be a whole number of seconds from 60 to 3600"
IDENTIFIER = "must be 1 to 64 letters, digits, hyphens or underscores"
NOT_WHOLE_SECONDS = [True, "120", 120.5, 1e300, [120]]


def broken(raw: Any) -> dict[str, str]:
    """Return the broken rules of a request, by field."""
    with pytest.raises(InvalidRequest) as caught:
        parse_request(raw, RULES)
    return {error["field"]: error["detail"] for error in caught.value.as_dicts()}


def fields(**changes: object) -> Any:
    """Return the provider's fields of a request."""
    return parse_request(a_body(**changes), RULES).fields


def test_two_ids_are_enough() -> None:
    request = parse_request({"studioId": "studio", "sessionId": "session"}, RULES)
    assert request.fields == NimbleFields(
        provider="nimble", studioId="studio", sessionId="session", expirationInSeconds=120
    )
    assert (request.provider, request.deadline_seconds, request.metadata) == ("nimble", None, {})
    assert (request.notify, request.claim, request.release_on_failure) == (None, None, False)


@pytest.mark.parametrize("field", ["studioId", "sessionId"])
def test_an_id_is_required(field: str) -> None:
    body = a_body()
    del body[field]
    assert broken(body) == {field: "is required"}


@pytest.mark.parametrize("field", ["studioId", "sessionId"])
@pytest.mark.parametrize("value", ["", "a b", "a/b", "é", "a\n", "a" * 65])
def test_an_id_is_letters_digits_hyphens_and_underscores(field: str, value: str) -> None:
    assert broken(a_body(**{field: value})) == {field: IDENTIFIER}


@pytest.mark.parametrize("value", [1, None, True, ["a"], {"a": 1}])
def test_an_id_is_text(value: object) -> None:
    assert list(broken(a_body(studioId=value))) == ["studioId"]


@pytest.mark.parametrize("value", ["a", "A-9_z", "a" * 64])
def test_an_id_may_have_64_characters(value: str) -> None:
    assert fields(studioId=value).studio_id == value


@pytest.mark.parametrize("value", [60, 120, 3600])
def test_a_url_may_live_from_a_minute_to_an_hour(value: int) -> None:
    assert fields(expirationInSeconds=value).expiration_in_seconds == value
    assert fields(expirationInSeconds=value).connect_seconds == value


@pytest.mark.parametrize("text", ["120", "120.0", "1.2e2"])
def test_a_whole_number_may_be_written_in_any_way_that_json_has(text: str) -> None:
    request = parse_request(json.loads(f'{{"studioId": "s", "sessionId": "t", "deadlineSeconds": {text}}}'), RULES)
    assert (request.deadline_seconds, type(request.deadline_seconds)) == (120, int)
    seconds = fields(expirationInSeconds=json.loads(text)).expiration_in_seconds
    assert (seconds, type(seconds)) == (120, int)


@pytest.mark.parametrize("value", [59, 0, -60, 3601, 10**400, None, *NOT_WHOLE_SECONDS])
def test_any_other_expiration_is_refused(value: object) -> None:
    assert broken(a_body(expirationInSeconds=value)) == {"expirationInSeconds": SECONDS}


@pytest.mark.parametrize("value", [1, 900, 86_400])
def test_a_deadline_may_be_up_to_a_day_away(value: int) -> None:
    assert parse_request(a_body(deadlineSeconds=value), RULES).deadline_seconds == value


@pytest.mark.parametrize("value", [0, -1, 86_401, *NOT_WHOLE_SECONDS])
def test_any_other_deadline_is_refused(value: object) -> None:
    assert broken(a_body(deadlineSeconds=value)) == {
        "deadlineSeconds": "must be a whole number of seconds from 1 to 86400"
    }


@pytest.mark.parametrize("name", ["url", "studioid", "provider ", "__class__"])
def test_an_unknown_field_is_named(name: str) -> None:
    assert broken(a_body(**{name: 1})) == {name: "is not a field of this request"}


def test_a_field_has_one_spelling() -> None:
    spelt_as_in_python = {"studio_id": "studio", "session_id": "session"}
    assert "studio_id" in broken(spelt_as_in_python)


@pytest.mark.parametrize("field", ["claim", "releaseOnFailure"])
@pytest.mark.parametrize("value", ["true", 1, 0, [], {}])
def test_a_choice_is_true_or_false(field: str, value: object) -> None:
    assert broken(a_body(**{field: value})) == {field: "must be true or false"}


@pytest.mark.parametrize("value", [None, [], "text", 1])
def test_metadata_is_an_object(value: object) -> None:
    assert list(broken(a_body(metadata=value))) == ["metadata"]


def test_metadata_is_kept_as_it_is() -> None:
    metadata = {"ticket": "A-17", "deep": [{"er": None}, 1.5, True], "é": "ü"}
    assert parse_request(a_body(metadata=metadata), RULES).metadata == metadata


@pytest.mark.parametrize("raw", [None, [], "{}", 7, [a_body()]])
def test_a_request_is_an_object(raw: object) -> None:
    assert list(broken(raw)) == ["body"]


def test_all_broken_rules_are_named_at_once() -> None:
    raw = {"sessionId": "a b", "expirationInSeconds": 59, "colour": "red", "metadata": []}
    assert set(broken(raw)) == {"studioId", "sessionId", "expirationInSeconds", "colour", "metadata"}


def test_the_error_text_names_fields_and_rules() -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse_request({"sessionId": "session", "expirationInSeconds": 59}, RULES)
    assert str(caught.value) == f"studioId: is required; expirationInSeconds: {SECONDS}"


def test_a_request_does_not_change() -> None:
    request: Any = parse_request(a_body(), RULES)
    with pytest.raises(ValueError, match="frozen"):
        request.claim = True
    assert isinstance(request, StreamRequest)
