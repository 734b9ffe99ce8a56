"""The calls that the plug is asked for, by the operation of the broker that each makes first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from greenroom.providers.dcv.broker import Broker
from greenroom.providers.dcv.service import DcvSessions
from greenroom.providers.gate import GatedProvider
from greenroom.providers.https_service import HttpsService
from greenroom.providers.port import StreamProvider
from tests.unit.providers.dcv.sessions import NOW_MADE, TOKEN, asked_by

CALLS: dict[str, Callable[[StreamProvider[Any], str], object]] = {
    "describeSessions": lambda dcv, session_id: dcv.describe(asked_by(), session_id, NOW_MADE),
    "createSessions": lambda dcv, _session_id: dcv.create(asked_by(), TOKEN),
    "getSessionConnectionData": lambda dcv, session_id: dcv.connect(asked_by(), session_id),
    "deleteSessions": lambda dcv, session_id: dcv.release(asked_by(), session_id, TOKEN),
}
EVERY_CALL = pytest.mark.parametrize("operation", CALLS)


def over(url: str, *, read_seconds: float = 2) -> GatedProvider:
    """Make the plug over whatever answers at a URL, without authorisation, behind the gate."""
    return GatedProvider(DcvSessions(Broker(HttpsService(url, read_seconds=read_seconds)), token_minutes=60))
