"""The example as a deployment has it: found by its path."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from greenroom_cdk.settings.own_provider import find
from tests.statemachine.emulator import emulator
from tests.support.own_package import ACME, forgotten_afterwards


@pytest.fixture(scope="module")
def acme() -> Iterator[str]:
    """The name of the example's package, which can be imported while the tests of a module run."""
    with forgotten_afterwards():
        yield find(str(ACME))


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with emulator(tmp_path_factory.mktemp("examples")) as url:
        yield url
