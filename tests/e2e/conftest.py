"""One stack for all deployed tests: the real app, deployed by the real CDK CLI, with IAM evaluated."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from local.stack import ACCOUNT, LOCAL_SETTINGS, LocalStack
from tests.e2e.deployed import Deployed
from tests.e2e.rooms import LinksToScreens, Rooms
from tests.support.browser import a_browser

# Sessions of the role Artist ask for DCV sessions of their own person; the other tests, as the account's root, for
# those of everybody.
IDENTITIES = [
    {
        "name": "own-sessions",
        "callers": f"arn:aws:sts::{ACCOUNT}:assumed-role/Artist/*",
        "provider": "dcv",
        "field": "owner",
        "values": "{sessionName}",
    },
    {
        "name": "other-tests",
        "callers": f"arn:aws:iam::{ACCOUNT}:root",
        "provider": "dcv",
        "field": "owner",
        "values": "*",
    },
]


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    home: Path = tmp_path_factory.mktemp("stack")
    settings = {**LOCAL_SETTINGS, "identities": json.dumps(IDENTITIES)}
    with LocalStack(home, auth=True, settings=settings) as stack:
        yield Deployed(stack)


@pytest.fixture(scope="module")
def rooms(deployed: Deployed) -> Iterator[Rooms]:
    with a_browser() as browser:
        yield Rooms(deployed, browser)


@pytest.fixture(scope="module")
def links(rooms: Rooms) -> Mapping[str, str]:
    """A link to every screen, by its name."""
    return LinksToScreens(rooms)
