"""One broker for all tests here, on a clock that they turn themselves, and a plain HTTP client that reads along."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from local.simulator import serve
from tests.contract.dcv.client import Client
from tests.contract.support import Control, FakeClock


@pytest.fixture(scope="session")
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(scope="session")
def url(clock: FakeClock) -> Iterator[str]:
    with serve("dcv", clock=clock) as simulator:
        yield simulator.url


@pytest.fixture
def control(url: str) -> Iterator[Control]:
    control = Control(url)
    yield control
    control.forget()


@pytest.fixture
def client(url: str, control: Control) -> Iterator[Client]:
    """A client with a token, all of whose answers must be as the document says."""
    assert control.url == url
    client = Client(url)
    client.log_in()
    yield client
    assert client.broken == []
