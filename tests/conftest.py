"""What all tests have: a function's environment, and one stack, deployed by the real CDK CLI with IAM evaluated."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.stack import LocalStack
from tests.e2e.deployed import SETTINGS, Deployed
from tests.support import profiles

profiles.register()

# Handlers make their clients when they are imported, as they do in Lambda, and so do metrics their namespace. There the
# runtime sets the region, and the stack the namespace.
os.environ.setdefault("AWS_DEFAULT_REGION", "us-west-2")
os.environ.setdefault("POWERTOOLS_METRICS_NAMESPACE", "Tests")


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    home: Path = tmp_path_factory.mktemp("stack")
    with LocalStack(home, auth=True, settings=SETTINGS) as stack:
        yield Deployed(stack)
