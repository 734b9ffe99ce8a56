"""Every case of the suite with a real JupyterHub."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conformance.deployment import Deployment
from tests.conformance.subjects.jupyterhub import JupyterHub
from tests.conformance.suite import CASES, check, served


@pytest.fixture(scope="module")
def hub() -> JupyterHub:
    return JupyterHub()


@pytest.fixture(scope="module")
def deployment(hub: JupyterHub, aws: str) -> Iterator[Deployment]:
    with served(hub, aws) as deployment:
        yield deployment


@pytest.mark.parametrize("case", CASES)
def test_the_flow_keeps_its_promise(case: str, hub: JupyterHub, deployment: Deployment) -> None:
    check(case, hub, deployment)
