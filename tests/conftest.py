"""One stack for all deployed tests: the real app, deployed by the real CDK CLI, with IAM evaluated."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.stack import LocalStack
from tests.e2e.deployed import SETTINGS, Deployed
from tests.support import profiles

profiles.register()


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    home: Path = tmp_path_factory.mktemp("stack")
    with LocalStack(home, auth=True, settings=SETTINGS) as stack:
        yield Deployed(stack)
