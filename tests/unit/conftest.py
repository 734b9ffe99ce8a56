"""The real things that unit tests talk to over HTTP: the simulated Nimble Studio, and a receiver for any part."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config

from greenroom.providers.nimble.service import NimbleStudio
from local.simulator import serve
from tests.contract.support import Control, connect
from tests.support.fakes import FakeClock
from tests.support.receiver import Receiver, receive

AwsClient = Callable[..., Any]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receive() as receiver:
        yield receiver


@pytest.fixture
def aws_client(receiver: Receiver) -> AwsClient:
    """Make a real boto3 client whose calls reach the receiver, once each."""
    make: Any = boto3.client

    def make_client(service: str, **_: Any) -> Any:
        return make(
            service,
            endpoint_url=receiver.url,
            region_name="us-west-2",
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106  # the receiver checks no signature
            config=Config(retries={"total_max_attempts": 1}),
        )

    return make_client


@pytest.fixture(scope="session")
def simulator_clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(scope="session")
def simulator_url(simulator_clock: FakeClock) -> Iterator[str]:
    with serve("nimble", clock=simulator_clock) as simulator:
        yield simulator.url


@pytest.fixture
def control(simulator_url: str) -> Iterator[Control]:
    control = Control(simulator_url)
    yield control
    control.forget()


@pytest.fixture(scope="session")
def nimble_client(simulator_url: str) -> Any:
    return connect(simulator_url)


@pytest.fixture
def nimble(nimble_client: Any, simulator_clock: FakeClock, control: Control) -> NimbleStudio:  # noqa: ARG001
    """Give the plug; the simulator has forgotten what earlier tests did, and will forget what this one does."""
    return NimbleStudio(nimble_client, simulator_clock)
