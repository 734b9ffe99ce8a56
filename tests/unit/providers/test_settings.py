"""The settings of a provider: from a deployment to a function's environment."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from greenroom.providers.settings import HttpsUrl, ProviderSettings


class ToySettings(ProviderSettings):
    toy_url: HttpsUrl
    toy_other_url: HttpsUrl | None = None
    toy_minutes: int = 60
    toy_loud: bool = False


def test_what_a_deployment_sets_is_in_a_function_s_environment() -> None:
    settings = ToySettings(toy_url="https://toy.example:8443/api", toy_minutes=5, toy_loud=True)
    assert settings.variables() == {
        "TOY_URL": "https://toy.example:8443/api",
        "TOY_MINUTES": "5",
        "TOY_LOUD": "true",
    }


def test_defaults_are_in_it_too() -> None:
    settings = ToySettings(toy_url="https://toy.example")
    assert settings.variables() == {"TOY_URL": "https://toy.example", "TOY_MINUTES": "60", "TOY_LOUD": "false"}


def test_a_deployment_names_them_in_camel_case() -> None:
    raw: dict[str, Any] = {"toyUrl": "https://toy.example", "toyOtherUrl": None}
    assert ToySettings.model_validate(raw).toy_url == "https://toy.example"


@pytest.mark.parametrize("raw", [{}, {"toyUrl": "https://toy.example", "toyColour": "red"}], ids=str)
def test_a_setting_that_is_missing_or_unknown_is_refused(raw: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ToySettings.model_validate(raw)


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example",
        "https://a.example/",
        "https://a.example:8443/x/y",
        "https://[::1]:8443",
        "http://127.0.0.1:5000",
        "http://localhost",
        "http://localhost:5000/hub",
    ],
)
def test_a_url_is_https_or_on_loopback(url: str) -> None:
    assert ToySettings(toy_url=url).toy_url == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "a.example",
        "http://a.example",
        "http://127.0.0.1.example",
        "http://localhost.example",
        "http://localhost@a.example",
        "https://user:password@a.example",
        "https://a.example?x=1",
        "https://a.example/#x",
        "https://a.example/a b",
        "https://",
        "ftp://a.example",
        "https://a.example\n",
    ],
)
def test_any_other_url_is_refused(url: str) -> None:
    with pytest.raises(ValidationError):
        ToySettings(toy_url=url)
