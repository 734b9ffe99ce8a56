"""A DynamoDB in process, for the adapters of the tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.tables import dynamodb


@pytest.fixture(scope="module")
def dynamodb_client() -> Iterator[Any]:
    with dynamodb() as client:
        yield client
