"""The waiting rooms of the deployed stack, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from tests.e2e.deployed import Deployed
from tests.e2e.rooms import LinksToScreens, Rooms
from tests.support.browser import a_browser


@pytest.fixture(scope="module")
def rooms(deployed: Deployed) -> Iterator[Rooms]:
    with a_browser() as browser:
        yield Rooms(deployed, browser)


@pytest.fixture(scope="module")
def links(rooms: Rooms) -> Mapping[str, str]:
    """A link to every screen, by its name."""
    return LinksToScreens(rooms)
