"""The fields of a request for a session."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from greenroom.domain.errors import InvalidRequest
from greenroom.providers.dcv.fields import DcvFields
from greenroom.request.rules import Rules
from greenroom.request.stream_request import parse_request

RULES = Rules(providers=("dcv",))
NEW_OR_NOT = "cannot be given with sessionType or requirements, which are for a new session"


def parsed(**fields: Any) -> DcvFields:
    found = parse_request({"provider": "dcv", **fields}, RULES).fields
    assert isinstance(found, DcvFields)
    return found


def broken(**fields: Any) -> dict[str, str]:
    with pytest.raises(InvalidRequest) as caught:
        parsed(**fields)
    return {error.field: error.detail for error in caught.value.errors}


@pytest.mark.parametrize(
    "owner", ["ada", "a", "a.b-c_d", "DOM\\a b", "ada@studio.example", "josé", "x" * 256, "$svc", "-"]
)
def test_an_owner_is_a_user_of_the_servers(owner: str) -> None:
    fields = parsed(owner=owner)
    assert fields.owner == owner
    assert fields.identity == {"owner": owner}


@pytest.mark.parametrize(
    "owner",
    [
        "",
        " ",
        " ada",
        "ada ",
        ".",
        "..",
        "a/b",
        "a\nb",
        "ada\n",
        "a\x00",
        "\x85",
        "\ufeffada",
        "x" * 257,
        None,
        1,
        ["ada"],
    ],
    ids=ascii,
)
def test_any_other_owner_is_refused(owner: object) -> None:
    assert broken(owner=owner).keys() == {"owner"}


def test_the_owner_is_required() -> None:
    assert broken() == {"owner": "is required"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sessionType", "virtual"),
        ("sessionType", ""),
        ("requirements", ""),
        ("requirements", "x" * 2001),
        ("sessionId", ""),
        ("sessionId", "../x"),
        ("sessionId", "a b"),
        ("sessionId", "x" * 129),
        ("expirationInSeconds", 60),
    ],
    ids=str,
)
def test_a_field_that_breaks_its_rule_is_named(field: str, value: object) -> None:
    assert broken(owner="ada", **{field: value}).keys() == {field}


@pytest.mark.parametrize(
    "more", [{"sessionType": "VIRTUAL"}, {"sessionType": "CONSOLE"}, {"requirements": "a = 'b'"}], ids=str
)
def test_a_session_that_exists_has_no_fields_of_a_new_one(more: dict[str, str]) -> None:
    assert broken(owner="ada", sessionId="s-1", **more) == {"sessionId": NEW_OR_NOT}
    assert parsed(owner="ada", **more).session_id is None
    assert parsed(owner="ada", sessionId="s-1", **dict.fromkeys(more)).session_id == "s-1"


def test_the_json_schema_says_so_too() -> None:
    judge = Draft202012Validator(DcvFields.model_json_schema())
    for fields in (
        {},
        {"sessionId": "s-1"},
        {"sessionType": "CONSOLE", "sessionId": None},
        {"requirements": "a = 'b'"},
    ):
        assert judge.is_valid({"provider": "dcv", "owner": "ada", **fields})
    for fields in ({"sessionType": "VIRTUAL"}, {"requirements": "a = 'b'"}):
        assert not judge.is_valid({"provider": "dcv", "owner": "ada", "sessionId": "s-1", **fields})
