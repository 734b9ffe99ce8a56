"""What the token endpoint may answer, and for how long its token is kept."""

from __future__ import annotations

from typing import Any

import pytest

from greenroom.domain.errors import (
    EndpointUnreachable,
    MalformedAnswer,
    ProviderError,
    ServiceFailed,
    ServiceRefused,
    ThrottlingException,
)
from greenroom.providers.dcv.token import UNKNOWN_LIFE_SECONDS, AccessToken
from greenroom.providers.https_service import HttpsService
from greenroom.providers.secret import Secret
from tests.support.receiver import receive
from tests.unit.providers.dcv.conftest import Seconds


@pytest.mark.parametrize(
    ("status", "body", "kind", "name"),
    [
        (500, {"error": "server_error"}, ServiceFailed, "TokenFailed"),
        (503, b"<html>", EndpointUnreachable, None),
        (404, b"<html>", ServiceRefused, "TokenRefused"),
        (302, b"", ServiceRefused, "TokenRefused"),
        (400, {"error": "you sent a secret"}, ServiceRefused, "TokenRefused"),
        (429, b"", ThrottlingException, None),
        (200, {}, MalformedAnswer, None),
        (200, [], MalformedAnswer, None),
        (200, {"access_token": None}, MalformedAnswer, None),
        (200, {"access_token": ""}, MalformedAnswer, None),
        (200, {"access_token": "two\r\nlines"}, MalformedAnswer, None),
    ],
    ids=str,
)
def test_an_endpoint_that_gives_no_token_is_named_and_not_quoted(  # noqa: PLR0917  # the cases' parts
    status: int, body: object, kind: type[ProviderError], name: str | None, secret: Secret, seconds: Seconds
) -> None:
    with receive() as endpoint:
        endpoint.will_answer(status, body)
        with pytest.raises(kind, match=endpoint.url) as caught:
            AccessToken(HttpsService(endpoint.url), secret, clock=seconds).get()
    assert getattr(caught.value, "name", None) == name
    assert "you sent" not in str(caught.value)


@pytest.mark.parametrize(
    ("life", "kept"),
    [
        ({"expires_in": 100}, 80),
        ({"expires_in": "100"}, 80),
        ({}, 0.8 * UNKNOWN_LIFE_SECONDS),
        ({"expires_in": None}, 0.8 * UNKNOWN_LIFE_SECONDS),
        ({"expires_in": "soon"}, 0.8 * UNKNOWN_LIFE_SECONDS),
        ({"expires_in": 0}, 0),
        ({"expires_in": -5}, 0),
    ],
    ids=str,
)
def test_the_life_of_a_token_is_what_its_endpoint_says(
    life: dict[str, Any], kept: float, secret: Secret, seconds: Seconds
) -> None:
    with receive() as endpoint:
        endpoint.will_answer(200, {"access_token": "t", **life})
        token = AccessToken(HttpsService(endpoint.url), secret, clock=seconds)
        assert token.get() == "t"
        seconds.now += max(0, kept - 1)
        token.get()
        assert len(endpoint.received) == (1 if kept else 2)
        seconds.now += 1
        token.get()
        assert len(endpoint.received) == (2 if kept else 3)


def test_a_token_is_used_to_its_end_while_its_endpoint_is_away(secret: Secret, seconds: Seconds) -> None:
    with receive() as endpoint:
        endpoint.will_answer(200, {"access_token": "t", "expires_in": 100})
        token = AccessToken(HttpsService(endpoint.url), secret, clock=seconds)
        token.get()
        endpoint.will_answer(502)
        seconds.now += 99
        assert token.get() == "t"
        with pytest.raises(EndpointUnreachable, match=endpoint.url):
            token.get(fresh=True)
        seconds.now += 1
        with pytest.raises(EndpointUnreachable, match=endpoint.url):
            token.get()
