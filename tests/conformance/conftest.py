"""The emulator that all deployments of the suite are in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.statemachine.emulator import emulator

# So that their assertions tell what they saw.
_WITH_ASSERTIONS = ("stage", "cases", "cases_of_waiting", "cases_of_ending")
pytest.register_assert_rewrite(*(f"tests.conformance.{name}" for name in _WITH_ASSERTIONS))


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with emulator(tmp_path_factory.mktemp("conformance")) as url:
        yield url
