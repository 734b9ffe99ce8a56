"""Every case of the suite with a real JupyterHub."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conformance.deployment import Deployment
from tests.conformance.subjects.jupyterhub import Hub
from tests.conformance.suite import CASES, check, served

# A function that counts nothing is told so by the metrics.
pytestmark = pytest.mark.filterwarnings("ignore:No application metrics to publish")


@pytest.fixture(scope="module")
def hub() -> Hub:
    return Hub()


@pytest.fixture(scope="module")
def deployment(hub: Hub, aws: str) -> Iterator[Deployment]:
    with served(hub, aws) as deployment:
        yield deployment


@pytest.mark.parametrize("case", CASES)
def test_the_flow_keeps_its_promise(case: str, hub: Hub, deployment: Deployment) -> None:
    check(case, hub, deployment)
