"""Every provider of the catalogue can be plugged in: its service is there, and its fields are what others read."""

from __future__ import annotations

import importlib
from typing import Any, get_args

import pytest

from greenroom.domain.wire import Incoming
from greenroom.providers.catalogue import DEFAULT, PLUGS, Plug
from greenroom.providers.fields import ProviderFields
from tests.unit.conftest import AwsClient

EACH = pytest.mark.parametrize(("name", "plug"), PLUGS.items(), ids=PLUGS)
CALLS = ("prepare", "create", "describe", "connect", "release")


def test_the_default_provider_is_one_of_them() -> None:
    assert DEFAULT in PLUGS


@EACH
def test_the_service_can_be_imported_and_connected(name: str, plug: Plug, aws_client: AwsClient) -> None:
    module, function = plug.service.split(":")
    assert module == f"greenroom.providers.{name}.service"
    made: list[str] = []

    def client(service: str, **_: Any) -> Any:
        made.append(service)
        return aws_client(service)

    provider = getattr(importlib.import_module(module), function)(client)
    assert made
    assert all(callable(getattr(provider, call)) for call in CALLS)
    assert provider.endpoint.startswith("http")


@EACH
def test_the_fields_say_which_provider_they_are_for(name: str, plug: Plug) -> None:
    provider = plug.fields.model_fields["provider"]
    assert issubclass(plug.fields, ProviderFields)
    assert issubclass(plug.fields, Incoming)
    assert get_args(provider.annotation) == (name,)
    assert provider.default == name


@EACH
def test_what_identifies_a_stream_are_fields_that_every_request_has(name: str, plug: Plug) -> None:
    assert plug.fields.IDENTIFYING
    assert all(plug.fields.model_fields[field].is_required() for field in plug.fields.IDENTIFYING), name


@EACH
def test_no_field_has_the_name_of_one_that_every_request_has(name: str, plug: Plug) -> None:
    common = {"deadline_seconds", "notify", "metadata", "claim", "release_on_failure"}
    assert not common & plug.fields.model_fields.keys(), name


def test_a_provider_that_says_nothing_else_gives_urls_of_an_hour_at_the_most() -> None:
    assert ProviderFields(provider="any").url_seconds == 3600
