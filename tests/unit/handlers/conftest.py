"""The lines that functions log, read as the JSON that they are."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from greenroom.observability import logger

Log = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def log() -> Iterator[Log]:
    """Return what was logged so far, a dictionary a line."""
    handler = logger.registered_handler
    assert isinstance(handler, logging.StreamHandler)
    stdout = handler.setStream(lines := io.StringIO())
    yield lambda: [json.loads(line) for line in lines.getvalue().splitlines()]
    handler.setStream(stdout)
