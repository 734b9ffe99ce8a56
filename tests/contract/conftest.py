"""One simulator for all contract tests, on a clock that they turn themselves, and a real boto3 client on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from local.simulator import serve
from tests.contract.conformance import Witness
from tests.contract.support import Control, FakeClock, NimbleClient, connect


@pytest.fixture(scope="session")
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(scope="session")
def url(clock: FakeClock) -> Iterator[str]:
    with serve(clock=clock) as simulator:
        yield simulator.url


@pytest.fixture(scope="session")
def shared_client(url: str) -> tuple[NimbleClient, Witness]:
    client = connect(url)
    return client, Witness(client)


@pytest.fixture
def control(url: str) -> Iterator[Control]:
    control = Control(url)
    yield control
    control.forget()


@pytest.fixture
def witness(shared_client: tuple[NimbleClient, Witness]) -> Witness:
    return shared_client[1]


@pytest.fixture
def client(shared_client: tuple[NimbleClient, Witness], control: Control, witness: Witness) -> Iterator[NimbleClient]:
    """Give a client whose answers must all be as the service model says, unless a test takes a violation itself."""
    assert control.url == shared_client[0].meta.endpoint_url
    yield shared_client[0]
    assert witness.take() == []


@pytest.fixture
def create(client: NimbleClient) -> Callable[..., dict[str, Any]]:
    """Create a stream, by default in session `s` of studio `studio`; returns the stream."""

    def create(session_id: str = "s", **parameters: object) -> dict[str, Any]:
        answer = client.create_streaming_session_stream(studioId="studio", sessionId=session_id, **parameters)
        stream: dict[str, Any] = answer["stream"]
        return stream

    return create


@pytest.fixture
def get(client: NimbleClient) -> Callable[..., dict[str, Any]]:
    """Get a stream of session `s` as it is now."""

    def get(stream: dict[str, Any], session_id: str = "s") -> dict[str, Any]:
        answer = client.get_streaming_session_stream(
            studioId="studio", sessionId=session_id, streamId=stream["streamId"]
        )
        seen: dict[str, Any] = answer["stream"]
        return seen

    return get
