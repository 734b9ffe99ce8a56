"""One stack for all deployed tests: the real app, deployed by the real CDK CLI, with IAM evaluated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from local.stack import LocalStack
from tests.e2e.deployed import Deployed
from tests.e2e.rooms import LinksToScreens, Rooms
from tests.support.browser import a_browser


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    home: Path = tmp_path_factory.mktemp("stack")
    with LocalStack(home, auth=True) as stack:
        yield Deployed(stack)


@pytest.fixture(scope="module")
def rooms(deployed: Deployed) -> Iterator[Rooms]:
    with a_browser() as browser:
        yield Rooms(deployed, browser)


@pytest.fixture(scope="module")
def links(rooms: Rooms) -> Mapping[str, str]:
    """A link to every screen, by its name."""
    return LinksToScreens(rooms)
