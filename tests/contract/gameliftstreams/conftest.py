"""GameLift Streams alone."""

from __future__ import annotations

import pytest

from tests.contract.services import GAMELIFTSTREAMS, Service


@pytest.fixture
def service() -> Service:
    return GAMELIFTSTREAMS
