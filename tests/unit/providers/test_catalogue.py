"""Every provider of the catalogue can be plugged in: its parts are there, and its fields are what others read."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from greenroom.domain.errors import ServiceRefused
from greenroom.domain.wire import Incoming
from greenroom.providers.catalogue import BUILT_IN, connector_of, fields_of, settings_of
from greenroom.providers.connected import ConnectedProviders
from greenroom.providers.fields import ProviderFields
from greenroom.providers.port import Wiring
from greenroom.providers.settings import ProviderSettings
from greenroom.request.rules import Rules
from greenroom.request.stream_request import parse_request
from simulation.variables import OF_PROVIDERS
from tests.support.fakes import ScriptedProvider
from tests.unit.conftest import AwsClient

EACH = pytest.mark.parametrize("name", BUILT_IN)
CALLS = ("prepare", "create", "describe", "connect", "release")


@EACH
def test_the_service_can_be_connected(name: str, aws_client: AwsClient) -> None:
    provider = connector_of(name)(Wiring(aws_client, OF_PROVIDERS))
    assert all(callable(getattr(provider, call)) for call in CALLS)
    assert provider.endpoint.startswith("http")
    # Longer than a function runs that may still be in the middle of a create.
    assert provider.settles_in == 0 or provider.settles_in > 30


@EACH
def test_the_fields_say_which_provider_they_are_for(name: str) -> None:
    provider = fields_of(name).model_fields["provider"]
    assert issubclass(fields_of(name), ProviderFields)
    assert issubclass(fields_of(name), Incoming)
    assert get_args(provider.annotation) == (name,)
    assert provider.is_required()


@EACH
def test_what_identifies_a_stream_has_a_value_in_every_request(name: str) -> None:
    fields = fields_of(name)
    assert fields.IDENTIFYING
    for identifying in fields.IDENTIFYING:
        field = fields.model_fields[identifying]
        assert field.is_required() or field.default is not None, identifying


@EACH
def test_a_pool_is_told_by_fields_that_every_request_has(name: str) -> None:
    fields = fields_of(name)
    assert all(fields.model_fields[pool].is_required() for pool in fields.POOL)


@pytest.mark.parametrize(
    ("request_body", "pool"),
    [
        ({"provider": "nimble", "studioId": "studio", "sessionId": "session"}, "studio"),
        ({"provider": "appstream", "stackName": "stack", "fleetName": "fleet", "userId": "ada"}, "fleet"),
        ({"provider": "gameliftstreams", "streamGroupId": "sg-1", "applicationId": "a-1"}, "sg-1/a-1"),
        ({"provider": "dcv", "owner": "ada"}, "dcv"),
        ({"provider": "jupyterhub", "user": "ada"}, "jupyterhub"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_streams_that_take_about_as_long_are_of_one_pool(request_body: dict[str, str], pool: str) -> None:
    assert parse_request(request_body, Rules(tuple(BUILT_IN))).fields.pool == pool


@pytest.mark.parametrize(
    ("request_body", "shared"),
    [
        ({"provider": "nimble", "studioId": "studio", "sessionId": "session"}, "studio/session"),
        ({"provider": "appstream", "stackName": "stack", "fleetName": "fleet", "userId": "ada"}, "fleet"),
        ({"provider": "gameliftstreams", "streamGroupId": "sg-1", "applicationId": "a-1"}, ""),
        ({"provider": "dcv", "owner": "ada"}, ""),
        ({"provider": "jupyterhub", "user": "ada"}, "ada/"),
        ({"provider": "jupyterhub", "user": "ada", "serverName": "lab"}, "ada/lab"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_what_several_requests_may_start_is_named_alike_in_each(request_body: dict[str, str], shared: str) -> None:
    assert parse_request(request_body, Rules(tuple(BUILT_IN))).fields.shared == shared


@EACH
def test_no_field_has_the_name_of_one_that_every_request_has(name: str) -> None:
    common = {"deadline_seconds", "notify", "metadata", "claim", "release_on_failure"}
    assert not common & fields_of(name).model_fields.keys()


@EACH
def test_the_settings_begin_with_the_provider_s_name(name: str) -> None:
    settings = settings_of(name)
    assert settings
    assert issubclass(settings, ProviderSettings)
    assert all(field.startswith(f"{name}_") for field in settings.model_fields)


def test_a_provider_that_says_nothing_else_is_asked_for_its_url_for_an_hour() -> None:
    assert ProviderFields(provider="any").connect_seconds == 3600


def test_the_first_provider_is_connected_at_once_and_the_others_when_they_are_asked_for() -> None:
    made: list[str] = []

    def connect(name: str) -> Any:
        made.append(name)
        return ScriptedProvider()

    served = ConnectedProviders(["nimble", "dcv", "appstream"], connect)
    assert (made, list(served), len(served)) == (["nimble"], ["nimble", "dcv", "appstream"], 3)
    assert served["dcv"] is served["dcv"]
    assert made == ["nimble", "dcv"]


def test_a_provider_that_is_not_served_is_refused_with_those_that_are() -> None:
    served = ConnectedProviders(["nimble", "dcv"], lambda _name: ScriptedProvider())
    with pytest.raises(ServiceRefused, match=r"does not serve jupyterhub any more; it serves nimble, dcv"):
        served["jupyterhub"]
