"""The fields of a request."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from tests.unit.providers.jupyterhub.conftest import fields


def test_the_least_that_a_request_says_is_the_user() -> None:
    least = fields("ada")
    assert (least.server_name, least.path, least.expiration_in_seconds) == ("", "lab", 3600)
    assert least.identity == {"user": "ada", "serverName": ""}


@pytest.mark.parametrize("user", ["ada", "a", "émile@example.org", "Ada Lovelace", "50%", "x" * 255])
def test_a_user_may_have_nearly_any_name(user: str) -> None:
    assert fields(user).user == user


@pytest.mark.parametrize("user", ["", ".", "..", "../ada", "ada/lab", " ada", "ada ", "a\nb", "ada\n", "x" * 256, 7])
def test_a_name_that_is_no_segment_of_a_path_is_refused(user: Any) -> None:
    with pytest.raises(ValidationError):
        fields(user)


@pytest.mark.parametrize("name", ["/", "..", "a/b", "a\tb", "\x85", "a\ufeff"])
def test_the_name_of_a_server_is_one_segment_too(name: str) -> None:
    with pytest.raises(ValidationError):
        fields(serverName=name)


@pytest.mark.parametrize("path", ["lab", "desktop", "rstudio/", "lab/tree/my notes 100%.ipynb", "proxy/host:8000/a"])
def test_a_path_leads_into_the_server(path: str) -> None:
    assert fields(path=path).path == path


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/lab",
        "..",
        "lab/../../ada",
        "lab/./x",
        "lab//x",
        "https://x",
        "lab?reset",
        "lab#top",
        "a\\b",
        "a\nb",
        "lab\n",
    ],
)
def test_a_path_that_leads_elsewhere_is_refused(path: str) -> None:
    with pytest.raises(ValidationError):
        fields(path=path)


@pytest.mark.parametrize("seconds", [59, 86401, 60.5, "60"])
def test_a_token_lives_for_a_minute_to_a_day(seconds: Any) -> None:
    assert fields(expirationInSeconds=60).expiration_in_seconds == 60
    assert fields(expirationInSeconds=86400.0).expiration_in_seconds == 86400
    with pytest.raises(ValidationError):
        fields(expirationInSeconds=seconds)
