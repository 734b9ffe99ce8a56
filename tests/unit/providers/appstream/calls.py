"""The calls that WorkSpaces Applications is asked for fleet `f`, by the operation that each of them is about."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from greenroom.providers.appstream.fields import AppStreamFields
from greenroom.providers.port import StreamProvider
from tests.unit.providers.starts import starting

TOKEN = "0123456789abcdef" * 4
NO_AGE = timedelta(0)
STREAM = "stack/f/ada"


def asked(**more: Any) -> AppStreamFields:
    """Make the fields of a request for fleet `f`."""
    return AppStreamFields.model_validate(
        {"provider": "appstream", "stackName": "stack", "fleetName": "f", "userId": "ada", **more}
    )


FLEET, FLEET_TO_START = asked(), asked(startFleet=True)
CALLS: dict[str, Callable[[StreamProvider[Any]], object]] = {
    "DescribeFleets": lambda appstream: appstream.prepare(FLEET, TOKEN, starting),
    "StartFleet": lambda appstream: appstream.prepare(FLEET_TO_START, TOKEN, starting),
    "CreateStreamingURL": lambda appstream: appstream.connect(FLEET, STREAM),
    "StopFleet": lambda appstream: appstream.release(FLEET, STREAM, TOKEN),
}


def failing(operation: str, error: str, call: int | str = "*") -> dict[str, Any]:
    """Make the behaviour of a fleet for which an operation fails: at every call, or at the n-th.

    It is in the state in which the plug makes that call.
    """
    state = "STOPPED" if operation == "StartFleet" else "RUNNING"
    return {"sessionState": state, "faults": [{"operation": operation, "call": call, "error": error}]}
