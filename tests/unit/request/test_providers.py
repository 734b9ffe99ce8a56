"""Which provider a request is for: its fields, and what is said when there is none of that name."""

from __future__ import annotations

from typing import Any

import pytest

from greenroom.domain.errors import InvalidRequest
from greenroom.providers.catalogue import DEFAULT, PLUGS
from greenroom.request.stream_request import REQUESTS, parse_request
from tests.support.examples import FIELDS, a_body

THERE_ARE = f"must be one of: {', '.join(PLUGS)}"


def broken(raw: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(InvalidRequest) as caught:
        parse_request(raw)
    return {error.field: error.detail for error in caught.value.errors}


def test_there_is_a_request_for_each_provider() -> None:
    assert REQUESTS.keys() == PLUGS.keys()
    assert DEFAULT in PLUGS


def test_a_request_that_names_no_provider_is_for_the_default_one() -> None:
    assert parse_request(a_body()).provider == DEFAULT == "nimble"
    assert parse_request(a_body()) == parse_request(a_body(provider="nimble"))


@pytest.mark.parametrize("provider", ["other", "", "Nimble", "nimble ", "__class__"])
def test_an_unknown_provider_is_answered_with_those_there_are(provider: str) -> None:
    assert broken(a_body(provider=provider)) == {"provider": THERE_ARE}


@pytest.mark.parametrize("provider", [None, 1, 1.5, True, [], ["nimble"], {}, {"name": "nimble"}], ids=str)
def test_a_provider_of_another_type_is_answered_alike(provider: object) -> None:
    assert broken(a_body(provider=provider)) == {"provider": THERE_ARE}


def test_the_provider_s_fields_are_its_own_and_no_others() -> None:
    fields = parse_request(a_body(claim=True, metadata={"a": 1}, provider="nimble")).fields
    assert fields == FIELDS
    assert fields.model_dump().keys() == type(FIELDS).model_fields.keys()


def test_a_message_repeats_what_identifies_the_session() -> None:
    assert parse_request(a_body()).fields.identity == {"studioId": "studio", "sessionId": "session"}
