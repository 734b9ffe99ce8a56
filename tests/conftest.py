"""What all tests have in common: those of one folder share their fixtures, so they run in one process, in order."""

from __future__ import annotations

from pathlib import Path

import pytest

TESTS = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The deployed tests mostly wait, so that the other folders run beside them (`make test`)."""
    for item in items:
        item.add_marker(pytest.mark.xdist_group(item.path.relative_to(TESTS).parts[0]))
