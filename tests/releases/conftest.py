"""One deployment for each module's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.releases.deployment import Deployment, deployed


@pytest.fixture(scope="module")
def deployment() -> Iterator[Deployment]:
    with deployed() as deployment:
        yield deployment
