"""The fields of a request for a stream of WorkSpaces Applications, held against the service's own model."""

from __future__ import annotations

import re
from typing import Any

import pytest

from greenroom.domain.errors import InvalidRequest
from greenroom.providers.appstream.fields import AppStreamFields
from greenroom.request.rules import Rules
from greenroom.request.stream_request import parse_request
from tests.contract.support import connect

RULES = Rules(providers=("appstream",))
NEEDED = {"stackName": "stack", "fleetName": "fleet", "userId": "ada"}


def parsed(**fields: Any) -> AppStreamFields:
    found = parse_request({"provider": "appstream", **NEEDED, **fields}, RULES).fields
    assert isinstance(found, AppStreamFields)
    return found


def broken(**fields: Any) -> dict[str, str]:
    with pytest.raises(InvalidRequest) as caught:
        parsed(**fields)
    return {error.field: error.detail for error in caught.value.errors}


def test_a_url_works_for_a_minute_and_no_fleet_is_started_unless_the_request_says_so() -> None:
    fields = parsed()
    assert (fields.expiration_in_seconds, fields.start_fleet) == (60, False)
    assert (fields.application_id, fields.session_context) == (None, None)
    assert fields.identity == NEEDED
    assert fields.connect_seconds == 3600


@pytest.mark.parametrize("field", NEEDED)
def test_what_the_service_needs_is_required(field: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse_request({"provider": "appstream", **{k: v for k, v in NEEDED.items() if k != field}}, RULES)
    assert [(error.field, error.detail) for error in caught.value.errors] == [(field, "is required")]


@pytest.mark.parametrize("user", ["ab", "a" * 32, "ada@studio.example", "a_+=,.@-9"])
def test_a_user_id_is_one_that_the_service_takes(user: str, simulator_url: str) -> None:
    assert parsed(userId=user).user_id == user
    shape = connect(simulator_url, "appstream").meta.service_model.shape_for("StreamingUrlUserId")
    assert re.fullmatch(shape.metadata["pattern"], user)
    assert shape.metadata["min"] <= len(user) <= shape.metadata["max"]


@pytest.mark.parametrize("user", ["", "a", "a" * 33, "a b", "a/b", "DOM\\ada", "ada\n", "josé"])
def test_any_other_user_id_is_refused_with_the_rule(user: str) -> None:
    assert broken(userId=user) == {"userId": "must be 2 to 32 letters, digits or characters of _+=,.@-"}


@pytest.mark.parametrize("field", ["stackName", "fleetName"])
@pytest.mark.parametrize("name", ["s", "9", "a" * 101, "Stack_1.2-3"])
def test_a_name_is_one_that_the_service_takes(field: str, name: str, simulator_url: str) -> None:
    parsed(**{field: name})
    pattern = connect(simulator_url, "appstream").meta.service_model.shape_for("Name").metadata["pattern"]
    assert re.fullmatch(pattern, name)


@pytest.mark.parametrize("field", ["stackName", "fleetName"])
@pytest.mark.parametrize("name", ["", "a" * 102, "-a", ".a", "a b", "a/b", "a\n", "é"])
def test_any_other_name_is_refused_with_the_rule(field: str, name: str) -> None:
    rule = "must be 1 to 101 letters, digits, underscores, dots or hyphens, and begin with a letter or a digit"
    assert broken(**{field: name}) == {field: rule}


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("expirationInSeconds", 0, "must be a whole number of seconds from 1 to 604800"),
        ("expirationInSeconds", 604_801, "must be a whole number of seconds from 1 to 604800"),
        ("expirationInSeconds", "60", "must be a whole number of seconds from 1 to 604800"),
        ("applicationId", "", "must be 1 to 1000 characters"),
        ("sessionContext", "", "must be 1 to 1000 characters"),
        ("sessionContext", "x" * 1001, "must be 1 to 1000 characters"),
    ],
)
def test_a_field_that_breaks_its_rule_is_told_the_rule(field: str, value: object, rule: str) -> None:
    assert broken(**{field: value}) == {field: rule}


@pytest.mark.parametrize(
    "fields",
    [
        {"userId": None},
        {"fleetName": 1},
        {"startFleet": "true"},
        {"startFleet": 1},
        {"studioId": "studio"},
        {"streamGroupId": "sg-1"},
    ],
    ids=str,
)
def test_another_type_and_another_provider_s_field_are_refused(fields: dict[str, object]) -> None:
    assert broken(**fields).keys() == fields.keys()
