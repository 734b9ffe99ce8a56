"""One simulator a service for all contract tests, on a clock that they turn, and a real boto3 client on each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache

import pytest

from local.simulator import serve
from tests.contract.conformance import Witness
from tests.contract.services import ALL, Api, Service
from tests.contract.support import Client, Control, FakeClock, connect


@dataclass(frozen=True)
class Running:
    """A simulator, and the client that all tests of its service share."""

    url: str
    client: Client
    witness: Witness


Run = Callable[[str], Running]


@pytest.fixture(scope="session")
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(scope="session")
def run(clock: FakeClock) -> Iterator[Run]:
    """Start the simulator of a service when a test first asks for it."""
    with ExitStack() as stack:

        @cache
        def run(name: str) -> Running:
            url = stack.enter_context(serve(name, clock=clock)).url
            client = connect(url, name)
            return Running(url, client, Witness(client))

        yield run


@pytest.fixture(params=ALL, ids=lambda service: service.name)
def service(request: pytest.FixtureRequest) -> Service:
    """Give each service in turn; a folder for one service gives that one."""
    chosen: Service = request.param
    return chosen


@pytest.fixture
def running(run: Run, service: Service) -> Running:
    return run(service.name)


@pytest.fixture
def url(running: Running) -> str:
    return running.url


@pytest.fixture
def control(url: str) -> Iterator[Control]:
    control = Control(url)
    # A test that has no use for it leaves its calls behind.
    control.forget()
    yield control
    control.forget()


@pytest.fixture
def witness(running: Running) -> Witness:
    return running.witness


@pytest.fixture
def client(running: Running, control: Control, witness: Witness) -> Iterator[Client]:
    """Give a client whose answers must all be as the service model says, unless a test takes a violation itself."""
    assert control.url == running.client.meta.endpoint_url
    yield running.client
    assert witness.take() == []


@pytest.fixture
def api(service: Service, client: Client) -> Api:
    return Api(service, client)
