"""The plug on the simulated GameLift Streams, in place of the simulated Nimble Studio of the other tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from greenroom.providers.gameliftstreams.service import GameLiftStreams
from local.simulator import serve
from tests.contract.support import Control, connect
from tests.support.fakes import FakeClock


@pytest.fixture(scope="session")
def simulator_clock() -> FakeClock:
    """One of their own, which they turn: the tests of Nimble Studio are all at one moment."""
    return FakeClock()


@pytest.fixture(scope="session")
def simulator_url(simulator_clock: FakeClock) -> Iterator[str]:
    with serve("gameliftstreams", clock=simulator_clock) as simulator:
        yield simulator.url


@pytest.fixture(scope="session")
def client(simulator_url: str) -> Any:
    return connect(simulator_url, "gameliftstreams")


@pytest.fixture
def gamelift(client: Any, simulator_clock: FakeClock, control: Control) -> GameLiftStreams:  # noqa: ARG001
    """Give the plug; the simulator will forget what this test does."""
    return GameLiftStreams(client, simulator_clock)
