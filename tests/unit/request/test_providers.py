"""Which provider a request is for: its fields, and what is said when there is none of that name."""

from __future__ import annotations

from typing import Any

import pytest

from greenroom.domain.errors import InvalidRequest
from greenroom.providers.catalogue import BUILT_IN
from greenroom.providers.nimble.fields import NimbleFields
from greenroom.request.rules import Rules
from greenroom.request.stream_request import parse_request, request_model
from tests.support.examples import RULES, a_body

SERVED = "must be one of: nimble"
IDS = {"studioId": "studio", "sessionId": "session"}


def broken(raw: dict[str, Any], *providers: str) -> dict[str, str]:
    with pytest.raises(InvalidRequest) as caught:
        parse_request(raw, Rules(providers or ("nimble",)))
    return {error.field: error.detail for error in caught.value.errors}


@pytest.mark.parametrize("name", BUILT_IN)
def test_there_is_a_request_for_each_provider(name: str) -> None:
    assert request_model(name).__name__.endswith("Request")
    assert request_model(name) is request_model(name)


@pytest.mark.parametrize(("provider", "body"), [("nimble", IDS), ("dcv", {"owner": "ada"})])
def test_a_request_that_names_no_provider_is_for_the_only_one(provider: str, body: dict[str, Any]) -> None:
    rules = Rules((provider,))
    assert parse_request(body, rules).provider == provider
    assert parse_request(body, rules) == parse_request({**body, "provider": provider}, rules)


def test_where_there_are_several_a_request_must_name_its_provider() -> None:
    assert broken(IDS, "nimble", "dcv") == {"provider": "must be set to one of: nimble, dcv"}


def test_a_request_that_is_on_record_has_its_provider_already() -> None:
    """Its execution may be started with the words of its caller, who named none when there was one provider."""
    rules = Rules(("dcv", "nimble"))
    assert parse_request(IDS, rules, provider="nimble") == parse_request(a_body(), rules)
    assert parse_request({"provider": "dcv", "owner": "a"}, rules, provider="nimble").provider == "dcv"


@pytest.mark.parametrize("provider", ["other", "", "Nimble", "nimble ", "__class__"])
def test_an_unknown_provider_is_answered_with_those_there_are(provider: str) -> None:
    assert broken(a_body(provider=provider)) == {"provider": SERVED}


@pytest.mark.parametrize("provider", [None, 1, 1.5, True, [], ["nimble"], {}, {"name": "nimble"}], ids=str)
def test_a_provider_of_another_type_is_answered_alike(provider: object) -> None:
    assert broken(a_body(provider=provider)) == {"provider": SERVED}


@pytest.mark.parametrize("provider", [name for name in BUILT_IN if name != "nimble"])
def test_a_provider_that_is_not_enabled_is_answered_with_those_that_are(provider: str) -> None:
    assert broken({"provider": provider}) == {"provider": f"{SERVED}; this deployment does not serve {provider}"}
    assert broken(a_body(provider="nimble"), "dcv", "acme") == {
        "provider": "must be one of: dcv, acme; this deployment does not serve nimble"
    }


def test_fields_of_another_provider_are_named() -> None:
    raw = {"provider": "dcv", "owner": "ada", "studioId": "studio", "sessionId": "session"}
    assert broken(raw, "dcv", "nimble") == {"studioId": "is not a field of this request"}


def test_the_provider_s_fields_are_its_own_and_no_others() -> None:
    fields = parse_request(a_body(claim=True, metadata={"a": 1}, provider="nimble"), RULES).fields
    assert fields == NimbleFields(provider="nimble", studioId="studio", sessionId="session")
    assert fields.model_dump().keys() == NimbleFields.model_fields.keys()


def test_a_message_repeats_what_identifies_the_session() -> None:
    assert parse_request(a_body(), RULES).fields.identity == {"studioId": "studio", "sessionId": "session"}
