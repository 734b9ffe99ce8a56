"""The errors of each service of AWS that streams, by the names that the state machine retries or announces."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.config import Config

from greenroom.domain.errors import (
    CapacityUnavailable,
    EndpointUnreachable,
    ServiceFailed,
    ServiceRefused,
    ThrottlingException,
    own_error,
)
from greenroom.providers.appstream.service import AppStream
from greenroom.providers.gameliftstreams.service import GameLiftStreams
from greenroom.providers.gate import GatedProvider
from greenroom.providers.nimble.fields import NimbleFields
from greenroom.providers.nimble.service import NimbleStudio
from greenroom.providers.port import StreamProvider
from local.simulator import serve
from tests.contract.support import Control, connect
from tests.support.fakes import FakeClock
from tests.support.receiver import Receiver
from tests.unit.conftest import AwsClient
from tests.unit.providers.appstream import calls as appstream
from tests.unit.providers.gameliftstreams import calls as gamelift
from tests.unit.providers.nimble import calls as nimble
from tests.unit.providers.starts import starting

Provider = StreamProvider[Any]


@dataclass(frozen=True)
class Plug:
    """A service and its plug. `calls` take the id of a stream, where `streams` makes one; `key` is whose faults it has.

    `answers`: the refusals that a release takes for an answer, each in the test of its release.
    """

    service: str
    key: str
    make: Callable[..., Provider]
    calls: Mapping[str, Callable[[Provider, str], object]]
    failing: Callable[[str, str], dict[str, Any]]
    failure: str
    refusals: tuple[str, ...]
    answers: frozenset[tuple[str, str]] = frozenset()
    throttled: int = 429
    refused: str = "4.."
    streams: Callable[..., str] = lambda _provider, _control: ""

    @property
    def first(self) -> str:
        return next(iter(self.calls))


def without_id(calls: Mapping[str, Callable[[Provider], object]]) -> dict[str, Callable[[Provider, str], object]]:
    return {name: lambda provider, _id, call=call: call(provider) for name, call in calls.items()}  # type: ignore[misc]


PLUGS = {
    "appstream": Plug(
        "appstream",
        "f",
        AppStream,
        without_id(appstream.CALLS),
        appstream.failing,
        failure="InternalFailure",
        refusals=(
            "AccessDeniedException",
            "UnrecognizedClientException",
            "ExpiredTokenException",
            "ValidationException",
        ),
        # Its errors come with status 400, whatever they are.
        throttled=400,
        refused="400",
    ),
    "gameliftstreams": Plug(
        "gameliftstreams",
        "sg-1",
        GameLiftStreams,
        gamelift.CALLS,
        gamelift.failing,
        failure="InternalServerException",
        refusals=("AccessDeniedException", "ConflictException", "ResourceNotFoundException", "ValidationException"),
        answers=frozenset({("RevokeStreamUrl", "ResourceNotFoundException")}),
        streams=gamelift.make_url,
    ),
    "nimble": Plug(
        "nimble",
        "s",
        NimbleStudio,
        without_id(nimble.CALLS),
        nimble.failing,
        failure="InternalServerErrorException",
        refusals=(
            "AccessDeniedException",
            "ConflictException",
            "ResourceNotFoundException",
            "ServiceQuotaExceededException",
            "ValidationException",
        ),
        answers=frozenset(
            {("StopStreamingSession", "ConflictException"), ("StopStreamingSession", "ResourceNotFoundException")}
        ),
    ),
}
EVERY_PLUG = pytest.mark.parametrize("name", PLUGS)
EVERY_CALL = pytest.mark.parametrize(
    ("name", "operation"), [(name, operation) for name, plug in PLUGS.items() for operation in plug.calls]
)


class Simulated:
    """A plug on its simulated service."""

    def __init__(self, plug: Plug, url: str, clock: FakeClock) -> None:
        self.plug, self.url, self.control = plug, url, Control(url)
        self.provider = plug.make(connect(url, plug.service), clock)

    def call_that_fails(self, operation: str, error: str) -> None:
        """Make the call, of a service that has forgotten all calls before."""
        self.control.forget()
        stream_id = self.plug.streams(self.provider, self.control)
        self.control.session(self.plug.key, **self.plug.failing(operation, error))
        self.plug.calls[operation](self.provider, stream_id)


@pytest.fixture(scope="module")
def simulated() -> Iterator[Mapping[str, Simulated]]:
    clock = FakeClock()
    with ExitStack() as running:
        urls = {name: running.enter_context(serve(name, clock=clock)).url for name in PLUGS}
        yield {name: Simulated(PLUGS[name], url, clock) for name, url in urls.items()}


@EVERY_CALL
def test_throttling_is_named_alike_for_every_service(
    name: str, operation: str, simulated: Mapping[str, Simulated]
) -> None:
    with pytest.raises(ThrottlingException, match=f"{operation}, status {PLUGS[name].throttled}"):
        simulated[name].call_that_fails(operation, "ThrottlingException")


@EVERY_CALL
def test_a_failure_of_the_service_keeps_the_service_s_own_name(
    name: str, operation: str, simulated: Mapping[str, Simulated]
) -> None:
    failure = PLUGS[name].failure
    with pytest.raises(ServiceFailed, match=f"^{failure}: .*{operation}, status 500") as caught:
        simulated[name].call_that_fails(operation, failure)
    assert caught.value.name == failure


@pytest.mark.parametrize(
    ("name", "operation", "refusal"),
    [
        (name, operation, refusal)
        for name, plug in PLUGS.items()
        for operation in plug.calls
        for refusal in plug.refusals
        if (operation, refusal) not in plug.answers
    ],
)
def test_a_refusal_keeps_the_service_s_own_name(
    name: str, operation: str, refusal: str, simulated: Mapping[str, Simulated]
) -> None:
    with pytest.raises(ServiceRefused, match=f"^{refusal}: .*{operation}, status {PLUGS[name].refused}") as caught:
        simulated[name].call_that_fails(operation, refusal)
    assert caught.value.name == refusal
    assert own_error("ServiceRefused", str(caught.value))[0] == refusal


@EVERY_CALL
@pytest.mark.parametrize("fault", ["ConnectionReset", "LostResponse"])
def test_no_answer_names_the_endpoint(
    name: str, operation: str, fault: str, simulated: Mapping[str, Simulated]
) -> None:
    with pytest.raises(EndpointUnreachable, match=simulated[name].url):
        simulated[name].call_that_fails(operation, fault)


@EVERY_PLUG
def test_a_silent_endpoint_is_named(name: str, simulated: Mapping[str, Simulated]) -> None:
    plug, url = PLUGS[name], simulated[name].url
    simulated[name].control.session(plug.key, **plug.failing(plug.first, "Timeout"))
    impatient = plug.make(connect(url, plug.service, read_timeout=0.1))
    with pytest.raises(EndpointUnreachable, match=url):
        plug.calls[plug.first](impatient, "")


@EVERY_PLUG
def test_a_closed_port_is_named(name: str) -> None:
    plug = PLUGS[name]
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        with pytest.raises(EndpointUnreachable, match=url):
            plug.calls[plug.first](plug.make(connect(url, plug.service)), "")


def test_an_endpoint_that_takes_no_connection_is_named() -> None:
    """As a firewall that drops packets: a listener whose queue is full leaves a client without an answer."""
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for waiting in (first, second):
            waiting.setblocking(False)  # noqa: FBT003  # the socket's own signature
            waiting.connect_ex(full.getsockname())
        url = f"http://127.0.0.1:{full.getsockname()[1]}"
        make: Any = boto3.client
        config = Config(connect_timeout=0.2, retries={"total_max_attempts": 1})
        client = make(
            "nimble",
            endpoint_url=url,
            region_name="us-west-2",
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106  # nobody checks it
            config=config,
        )
        with pytest.raises(EndpointUnreachable, match=url):
            NimbleStudio(client).prepare(nimble.SESSION, "token", starting)


def test_a_session_that_does_not_exist_is_named(simulated: Mapping[str, Simulated]) -> None:
    missing = NimbleFields(provider="nimble", studioId="studio", sessionId="missing-1")
    with pytest.raises(ServiceRefused, match="missing-1") as caught:
        simulated["nimble"].provider.prepare(missing, "token", starting)
    assert caught.value.name == "ResourceNotFoundException"


def test_a_quota_is_capacity_and_no_refusal(simulated: Mapping[str, Simulated]) -> None:
    with pytest.raises(CapacityUnavailable, match=r"^ServiceQuotaExceededException: .*status 402"):
        simulated["gameliftstreams"].call_that_fails("CreateStreamUrl", "ServiceQuotaExceededException")


def test_status_429_is_throttling_whatever_it_is_called(receiver: Receiver, aws_client: AwsClient) -> None:
    receiver.will_answer(429, {"__type": "OddException"})
    with pytest.raises(ThrottlingException, match="DescribeFleets, status 429"):
        GatedProvider(AppStream(aws_client("appstream"))).prepare(appstream.FLEET, appstream.TOKEN, starting)


@pytest.mark.parametrize("operation", appstream.CALLS)
def test_a_service_that_is_unavailable_is_as_one_that_does_not_answer(
    operation: str, simulated: Mapping[str, Simulated]
) -> None:
    url = simulated["appstream"].url
    with pytest.raises(EndpointUnreachable, match=f"^{url} is unavailable: .*{operation}, status 503"):
        simulated["appstream"].call_that_fails(operation, "ServiceUnavailable")


@pytest.mark.parametrize("name", ["ServiceUnavailableException", "RequestTimeout", "RequestTimeoutException"])
def test_a_service_that_is_unavailable_may_say_so_under_the_status_of_a_refusal(
    name: str, receiver: Receiver, aws_client: AwsClient
) -> None:
    receiver.will_answer(400, {"__type": name})
    with pytest.raises(EndpointUnreachable, match=receiver.url):
        GatedProvider(AppStream(aws_client("appstream"))).connect(appstream.FLEET, appstream.STREAM)
