"""The lines that functions log, and the metrics that they emit, read as the JSON that they are."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from greenroom.observability import logger

Log = Callable[[], list[dict[str, Any]]]
Counted = Callable[[], list[str]]


@pytest.fixture
def log() -> Iterator[Log]:
    """Return what was logged so far, a dictionary a line."""
    handler = logger.registered_handler
    assert isinstance(handler, logging.StreamHandler)
    logger.clear_state()  # what an earlier call has left: a function's own handler clears it, too
    stdout = handler.setStream(lines := io.StringIO())
    yield lambda: [json.loads(line) for line in lines.getvalue().splitlines()]
    handler.setStream(stdout)


@pytest.fixture
def counted(capsys: pytest.CaptureFixture[str]) -> Counted:
    """Return the names of the metrics that were emitted since the last time, each with one value."""

    def names() -> list[str]:
        metrics = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
        return [name for metric in metrics for name, value in metric.items() if value == [1]]

    return names
