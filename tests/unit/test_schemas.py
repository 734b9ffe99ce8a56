"""The documents for others are valid, and judge requests as the rules do."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from greenroom.domain.errors import InvalidRequest
from greenroom.handlers.api import app
from greenroom.providers.catalogue import BUILT_IN
from greenroom.request.batch_request import parse_batch
from greenroom.request.rules import Rules
from greenroom.request.stream_request import parse_request
from tests.support.documents import fits_component, fits_event, openapi
from tests.support.examples import a_body
from tools.generated import DOCS

SOURCE = {"bucket": "classes", "key": "monday.jsonl"}
ALL = Rules(tuple(BUILT_IN))
METADATA = {"ticket": "A-17", "deep": [{"er": None}], "nothing": None}
FLEET = {"provider": "appstream", "stackName": "stack", "fleetName": "fleet", "userId": "ada@studio.example"}
GROUP = {"provider": "gameliftstreams", "streamGroupId": "sg-1AB2C3De4", "applicationId": "a-9ZY8X7Wv6"}
GOOD_REQUESTS: list[dict[str, Any]] = [
    a_body(),
    a_body(expirationInSeconds=60, deadlineSeconds=86_400, metadata=METADATA, claim=False, releaseOnFailure=True),
    a_body(deadlineSeconds=None, notify=None, claim=None),
    a_body(
        notify=[
            {"type": "sns"},
            {"type": "webhook", "url": "HTTPS://hooks.example/x?y=z"},
            {"type": "websocket", "connectionId": "L0SM9cOFvHcCIhw="},
        ]
    ),
    a_body(notify=[{"type": "sns"}] * 8),
    a_body(studioId="a" * 64, sessionId="A-9_z"),
    a_body(provider="nimble", expirationInSeconds=120.0, deadlineSeconds=60.0),
    FLEET,
    FLEET | {"applicationId": "Desktop", "sessionContext": "-x", "startFleet": True, "expirationInSeconds": 604_800},
    GROUP,
    GROUP | {"locations": ["us-east-1"], "usageLimit": 50, "expirationInSeconds": 86_400},
    GROUP | {"streamGroupId": "arn:aws:gameliftstreams:us-west-2:111122223333:streamgroup/sg-1AB2C3De4"},
    {
        "provider": "dcv",
        "owner": "STUDIO\\ada",
        "sessionType": "CONSOLE",
        "requirements": "server:Host.Os.Family = 'linux'",
    },
    {"provider": "dcv", "owner": "ada", "sessionId": "s-1"},
    {"provider": "jupyterhub", "user": "ada"},
    {"provider": "jupyterhub", "user": "ada", "serverName": "gpu", "path": "desktop", "expirationInSeconds": 60},
]
BAD_REQUESTS: list[Any] = [
    a_body(provider="appstream9"),
    {name: value for name, value in FLEET.items() if name != "provider"},
    FLEET | {"studioId": "studio"},
    FLEET | {"userId": "a"},
    FLEET | {"userId": "a b"},
    FLEET | {"expirationInSeconds": 604_801},
    FLEET | {"startFleet": "yes"},
    GROUP | {"usageLimit": 51},
    GROUP | {"locations": []},
    GROUP | {"expirationInSeconds": 59},
    {"provider": "dcv"},
    {"provider": "dcv", "owner": "ada", "sessionId": "s-1", "sessionType": "CONSOLE"},
    {"provider": "dcv", "owner": "ada", "expirationInSeconds": 60},
    {"provider": "jupyterhub", "user": "ada", "path": "../admin"},
    {"provider": "jupyterhub", "user": "a/b"},
    a_body(provider=None),
    None,
    [],
    "text",
    {"studioId": "studio"},
    a_body(studioId=""),
    a_body(studioId="a b"),
    a_body(sessionId="a" * 65),
    a_body(sessionId=1),
    a_body(expirationInSeconds=59),
    a_body(expirationInSeconds=3601),
    a_body(expirationInSeconds="120"),
    a_body(expirationInSeconds=True),
    a_body(expirationInSeconds=None),
    a_body(deadlineSeconds=0),
    a_body(deadlineSeconds=86_401),
    a_body(deadlineSeconds=1.5),
    a_body(metadata=[]),
    a_body(metadata=None),
    a_body(claim="true"),
    a_body(releaseOnFailure=None),
    a_body(colour="red"),
    a_body(studio_id="studio"),
    a_body(notify=[]),
    a_body(notify=[{"type": "sns"}] * 9),
    a_body(notify={"type": "sns"}),
    a_body(notify=[{"type": "email"}]),
    a_body(notify=[{}]),
    a_body(notify=[{"type": "sns", "url": "https://hooks.example"}]),
    a_body(notify=[{"type": "webhook"}]),
    a_body(notify=[{"type": "webhook", "url": "http://hooks.example"}]),
    a_body(notify=[{"type": "webhook", "url": "https://hooks.example/" + "x" * 2048}]),
    a_body(notify=[{"type": "websocket", "connectionId": "a b"}]),
]


def is_accepted(raw: Any) -> bool:
    try:
        parse_request(raw, ALL)
    except InvalidRequest:
        return False
    return True


def test_the_openapi_document_is_valid() -> None:
    OpenAPIV31SpecValidator(openapi()).validate()


@pytest.mark.parametrize("path", sorted((DOCS / "events").iterdir()), ids=lambda path: path.name)
def test_every_event_s_schema_is_valid(path: Path) -> None:
    Draft202012Validator.check_schema(json.loads(path.read_text()))


def test_the_openapi_document_has_the_routes_of_the_api_and_no_other() -> None:
    routes = {(route.method, route.path) for route in app._static_routes + app._dynamic_routes}  # noqa: SLF001
    documented = {
        (method.upper(), path) for path, item in openapi()["paths"].items() for method in item.keys() - {"parameters"}
    }
    # It has a function of its own.
    others = {("GET", "/webhook-keys")}
    assert documented - others == {(method, re.sub(r"<\w+>", "{id}", path)) for method, path in routes}


@pytest.mark.parametrize(
    ("batch", "is_right"),
    [
        ({"requests": [a_body()]}, True),
        ({"requests": [a_body()], "source": None}, True),
        ({"source": SOURCE, "requests": None, "metadata": METADATA}, True),
        ({}, False),
        ({"requests": None, "source": None}, False),
        ({"requests": [a_body()], "source": SOURCE}, False),
        ({"requests": []}, False),
    ],
)
def test_the_schema_of_a_batch_judges_as_the_rules_do(batch: Any, *, is_right: bool) -> None:
    try:
        parse_batch(batch, ALL, lambda _: None)
    except InvalidRequest:
        assert not is_right
    else:
        assert is_right
    assert fits_component("BatchRequest", batch) == is_right


@pytest.mark.parametrize("raw", [*GOOD_REQUESTS, *BAD_REQUESTS], ids=lambda raw: str(raw)[:90])
def test_the_schemas_of_a_request_judge_as_the_rules_do(raw: Any) -> None:
    assert is_accepted(raw) == (raw in GOOD_REQUESTS)
    assert is_accepted(raw) == fits_event("stream-requested", raw) == fits_component("StreamRequest", raw)
