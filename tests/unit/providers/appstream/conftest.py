"""The plug on the simulated WorkSpaces Applications, in place of the simulated Nimble Studio of the other tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from greenroom.providers.appstream.service import AppStream
from local.simulator import serve
from tests.contract.support import connect
from tests.support.fakes import FakeClock


@pytest.fixture(scope="session")
def simulator_clock() -> FakeClock:
    """One of their own, which they turn: the tests of Nimble Studio are all at one moment."""
    return FakeClock()


@pytest.fixture(scope="session")
def simulator_url(simulator_clock: FakeClock) -> Iterator[str]:
    with serve("appstream", clock=simulator_clock) as simulator:
        yield simulator.url


@pytest.fixture(scope="session")
def appstream(simulator_url: str, simulator_clock: FakeClock) -> AppStream:
    return AppStream(connect(simulator_url, "appstream"), simulator_clock)
