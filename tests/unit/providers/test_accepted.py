"""Accepted fields, read without their model: the service of each provider finds in them what the model has."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal

import pytest

from greenroom.providers.accepted import AcceptedFields
from greenroom.providers.catalogue import BUILT_IN
from greenroom.providers.fields import ProviderFields
from greenroom.request.rules import Rules
from greenroom.request.stream_request import parse_request

FLEET = {"provider": "appstream", "stackName": "stack", "fleetName": "fleet", "userId": "ada"}
GROUP = {"provider": "gameliftstreams", "streamGroupId": "sg-1AB2C3De4", "applicationId": "a-9ZY8X7Wv6"}
REQUESTS: list[dict[str, Any]] = [
    {"provider": "nimble", "studioId": "studio", "sessionId": "session", "expirationInSeconds": 60.0},
    FLEET,
    FLEET | {"applicationId": "Desktop", "sessionContext": "-x", "startFleet": True, "expirationInSeconds": 604_800},
    GROUP,
    GROUP | {"locations": ["us-east-1", "eu-west-1"], "usageLimit": 5},
    {"provider": "dcv", "owner": "STUDIO\\ada", "sessionType": "CONSOLE", "requirements": "a = 'b'"},
    {"provider": "dcv", "owner": "ada", "sessionId": "s-1"},
    {"provider": "jupyterhub", "user": "émile"},
    {"provider": "jupyterhub", "user": "ada", "serverName": "gpu", "path": "desktop"},
]


class OwnFields(ProviderFields):
    """Fields of a provider of your own, named in every way that pydantic makes camel case of."""

    provider: Literal["acme"] = "acme"
    gpu_4k: bool = True
    size4k: str = "a"
    x_2_y: int = 1
    h264_profile: str = "high"
    region2: str = "us-west-2"


def accepted(fields: ProviderFields) -> AcceptedFields:
    """The fields as the record keeps them, and as the state machine passes them on: as JSON."""
    kept: Mapping[str, Any] = fields.model_dump(by_alias=True, mode="json", exclude_none=True)
    return AcceptedFields(json.loads(json.dumps(AcceptedFields(kept).dump())))


def test_there_is_a_request_for_each_provider() -> None:
    assert {request["provider"] for request in REQUESTS} == set(BUILT_IN)


@pytest.mark.parametrize(
    "fields",
    [*(parse_request(request, Rules(tuple(BUILT_IN))).fields for request in REQUESTS), OwnFields()],
    ids=lambda fields: str(fields)[:60],
)
def test_every_field_has_the_value_that_the_model_has(fields: ProviderFields) -> None:
    read = accepted(fields)
    assert {name: getattr(read, name) for name in type(fields).model_fields} == fields.model_dump(mode="json")


def test_fields_are_the_same_when_they_say_the_same() -> None:
    assert AcceptedFields({"provider": "dcv", "owner": "ada"}) == AcceptedFields({"owner": "ada", "provider": "dcv"})
    assert AcceptedFields({"provider": "dcv", "owner": "ada"}) != AcceptedFields({"provider": "dcv", "owner": "bob"})


def test_what_was_accepted_cannot_be_changed_by_what_is_done_with_its_json() -> None:
    fields = AcceptedFields({"provider": "dcv"})
    fields.dump()["provider"] = "nimble"
    assert fields.provider == "dcv"
