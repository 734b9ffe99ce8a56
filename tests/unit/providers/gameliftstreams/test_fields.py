"""The fields of a request for a stream URL of GameLift Streams, held against the service's own model."""

from __future__ import annotations

import re
from typing import Any

import pytest

from greenroom.domain.errors import InvalidRequest
from greenroom.providers.gameliftstreams.fields import GameLiftStreamsFields
from greenroom.request.rules import Rules
from greenroom.request.stream_request import parse_request
from tests.contract.support import connect

RULES = Rules(providers=("gameliftstreams",))
NEEDED = {"streamGroupId": "sg-1AB2C3De4", "applicationId": "a-9ZY8X7Wv6"}
ARN = "arn:aws:gameliftstreams:us-west-2:111122223333:streamgroup/sg-1AB2C3De4"


def parsed(**fields: Any) -> GameLiftStreamsFields:
    found = parse_request({"provider": "gameliftstreams", **NEEDED, **fields}, RULES).fields
    assert isinstance(found, GameLiftStreamsFields)
    return found


def broken(**fields: Any) -> dict[str, str]:
    with pytest.raises(InvalidRequest) as caught:
        parsed(**fields)
    return {error.field: error.detail for error in caught.value.errors}


def test_a_url_works_for_an_hour_and_one_session_unless_the_request_says_so() -> None:
    fields = parsed()
    assert (fields.expiration_in_seconds, fields.usage_limit, fields.locations) == (3600, 1, None)
    assert fields.identity == NEEDED


@pytest.mark.parametrize("field", NEEDED)
def test_what_the_service_needs_is_required(field: str) -> None:
    others = {name: value for name, value in NEEDED.items() if name != field}
    with pytest.raises(InvalidRequest) as caught:
        parse_request({"provider": "gameliftstreams", **others}, RULES)
    assert [(error.field, error.detail) for error in caught.value.errors] == [(field, "is required")]


@pytest.mark.parametrize(("seconds", "tried_for"), [(60, 60), (3600, 3600), (86_400, 3600)])
def test_a_url_is_tried_for_no_longer_than_it_works(seconds: int, tried_for: int) -> None:
    assert parsed(expirationInSeconds=seconds).connect_seconds == tried_for


@pytest.mark.parametrize("field", NEEDED)
@pytest.mark.parametrize("identifier", ["a", "sg-1AB2C3De4", "x" * 128, ARN])
def test_an_identifier_is_one_that_the_service_takes(field: str, identifier: str, simulator_url: str) -> None:
    parsed(**{field: identifier})
    shape = connect(simulator_url, "gameliftstreams").meta.service_model.shape_for("Identifier")
    assert re.fullmatch(shape.metadata["pattern"], identifier)
    assert shape.metadata["min"] <= len(identifier) <= shape.metadata["max"]


@pytest.mark.parametrize("field", NEEDED)
@pytest.mark.parametrize(
    "identifier",
    [
        "",
        "x" * 129,
        "sg_1",
        "sg 1",
        "sg-1\n",
        "../sg-1",
        "arn:aws:appstream:us-west-2:111122223333:x",
        f"{ARN}\n",
        f"{ARN}\ufeff",
    ],
)
def test_any_other_identifier_is_refused_with_the_rule(field: str, identifier: str) -> None:
    rule = "must be an id of letters, digits and hyphens, or an ARN, of at most 128 characters"
    assert broken(**{field: identifier}) == {field: rule}


def test_locations_are_a_list_in_the_order_of_preference() -> None:
    assert parsed(locations=["us-west-2", "eu-central-1"]).locations == ["us-west-2", "eu-central-1"]
    assert parsed(locations=None).locations is None


@pytest.mark.parametrize(
    ("locations", "field"),
    [
        ([], "locations"),
        (["us-west-2"] * 101, "locations"),
        ([""], "locations[0]"),
        (["us-west-2", "us west 2"], "locations[1]"),
        (["x" * 21], "locations[0]"),
    ],
)
def test_any_other_list_of_locations_is_refused_with_the_rule(locations: list[str], field: str) -> None:
    assert broken(locations=locations) == {field: "must be a list of locations such as us-east-1"}


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("expirationInSeconds", 59, "must be a whole number of seconds from 60 to 86400"),
        ("expirationInSeconds", 86_401, "must be a whole number of seconds from 60 to 86400"),
        ("expirationInSeconds", 60.5, "must be a whole number of seconds from 60 to 86400"),
        ("usageLimit", 0, "must be a whole number from 1 to 50"),
        ("usageLimit", 51, "must be a whole number from 1 to 50"),
        ("usageLimit", "1", "must be a whole number from 1 to 50"),
    ],
)
def test_a_field_that_breaks_its_rule_is_told_the_rule(field: str, value: object, rule: str) -> None:
    assert broken(**{field: value}) == {field: rule}


@pytest.mark.parametrize(
    "fields", [{"streamGroupId": 1}, {"locations": "us-west-2"}, {"startFleet": True}, {"sessionId": "s"}], ids=str
)
def test_another_type_and_another_provider_s_field_are_refused(fields: dict[str, object]) -> None:
    assert broken(**fields).keys() == fields.keys()
