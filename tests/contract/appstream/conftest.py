"""WorkSpaces Applications alone."""

from __future__ import annotations

import pytest

from tests.contract.services import APPSTREAM, Service


@pytest.fixture
def service() -> Service:
    return APPSTREAM
