"""The three simulated services of AWS, as tests that are the same for all of them call them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from botocore import xform_name

from tests.contract.support import Client

TOKEN = "0123456789abcdef" * 4
Parameters = Mapping[str, Any]


@dataclass(frozen=True)
class Service:
    """One operation that looks at what a key names, one that makes a URL, and what differs between services.

    `invalid` breaks a rule of the service when it is added to the parameters of `makes`, and `other` only changes what
    is made; `raw_look` is the `looks` of key `s` as HTTP, `unsimulated` an operation that the simulator knows by its
    model only. `idempotency` is the member of `makes` with the client token.
    """

    name: str
    looks: str
    look_parameters: Callable[[str], Parameters]
    makes: str
    make_parameters: Callable[[str], Parameters]
    invalid: Parameters
    other: Parameters
    raw_look: str
    unsimulated: tuple[str, Parameters]
    ready: str
    throttled: tuple[str, int] = ("ThrottlingException", 429)
    made: int = 200
    idempotency: str | None = None
    stream_id: Callable[[Mapping[str, Any]], str | None] = lambda _: None


@dataclass(frozen=True)
class Api:
    """A client of a service, with the two operations of all services."""

    service: Service
    client: Client

    def look(self, key: str = "s") -> dict[str, Any]:
        return self.call(self.service.looks, self.service.look_parameters(key))

    def make(self, key: str = "s", token: str | None = None, **more: object) -> dict[str, Any]:
        tokens = {self.service.idempotency: token} if self.service.idempotency and token else {}
        return self.call(self.service.makes, {**self.service.make_parameters(key), **tokens, **more})

    def call(self, operation: str, parameters: Parameters) -> dict[str, Any]:
        answer: dict[str, Any] = getattr(self.client, xform_name(operation))(**parameters)
        return answer


NIMBLE = Service(
    "nimble",
    looks="GetStreamingSession",
    look_parameters=lambda key: {"studioId": "studio", "sessionId": key},
    makes="CreateStreamingSessionStream",
    make_parameters=lambda key: {"studioId": "studio", "sessionId": key},
    invalid={"expirationInSeconds": 1},
    other={"expirationInSeconds": 99},
    raw_look="GET /2020-08-01/studios/studio/streaming-sessions/s HTTP/1.1\r\nHost: x\r\n\r\n",
    unsimulated=("ListStreamingSessions", {"studioId": "studio"}),
    ready="READY",
    idempotency="clientToken",
    stream_id=lambda answer: str(answer["stream"]["streamId"]),
)
APPSTREAM = Service(
    "appstream",
    looks="DescribeFleets",
    look_parameters=lambda key: {"Names": [key]},
    makes="CreateStreamingURL",
    make_parameters=lambda key: {"StackName": "stack", "FleetName": key, "UserId": "mia"},
    invalid={"Validity": 0},
    other={"Validity": 99},
    raw_look=(
        "POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: PhotonAdminProxyService.DescribeFleets\r\n"
        'Content-Type: application/x-amz-json-1.1\r\nContent-Length: 15\r\n\r\n{"Names":["s"]}'
    ),
    unsimulated=("DescribeStacks", {}),
    ready="RUNNING",
    throttled=("ThrottlingException", 400),
)
GAMELIFTSTREAMS = Service(
    "gameliftstreams",
    looks="GetStreamGroup",
    look_parameters=lambda key: {"Identifier": key},
    makes="CreateStreamUrl",
    make_parameters=lambda key: {
        "Identifier": key,
        "ApplicationIdentifier": "a-1",
        "Protocol": "WebRTC",
        "UrlExpiresAfterMinutes": 5,
        "Locations": ["us-west-2"],
    },
    invalid={"UsageLimit": 0},
    other={"UsageLimit": 2},
    raw_look="GET /streamgroups/s HTTP/1.1\r\nHost: x\r\n\r\n",
    unsimulated=("ListApplications", {}),
    ready="ACTIVE",
    made=201,
    idempotency="ClientToken",
    stream_id=lambda answer: str(answer["StreamUrlId"]),
)
ALL = (NIMBLE, APPSTREAM, GAMELIFTSTREAMS)
"""Every service of AWS; the names of `local.simulator.SERVICES` that are not here have tests of their own."""

with_client_tokens = pytest.mark.parametrize("service", [NIMBLE, GAMELIFTSTREAMS], ids=lambda service: service.name)
