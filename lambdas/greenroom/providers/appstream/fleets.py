"""How far a fleet is, and whether it has room: a fleet that is RUNNING may have no place free, or none yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from greenroom.domain.values import Progress, Status

NOT_RUNNING = frozenset({"STOPPED", "STOPPING"})

Fleet = Mapping[str, Any]


def progress_of(fleet: Fleet) -> Progress:
    """READY is a fleet that runs and has a place free. The detail has the fleet's own errors, whatever its state."""
    state, errors = fleet["State"], errors_of(fleet)
    if state == "RUNNING" and _has_room(fleet):
        return Progress(Status.READY, state=state, detail=errors)
    full = f"the fleet {fleet['Name']} has no place free" if state == "RUNNING" else None
    return Progress(Status.PENDING, state=state, detail="; ".join(filter(None, (full, errors))) or None)


def is_in_use(fleet: Fleet) -> bool:
    capacity = _capacity(fleet)
    return bool(capacity.get("InUse") or capacity.get("ActiveUserSessions"))


def errors_of(fleet: Fleet) -> str | None:
    said = [str(error.get("ErrorMessage") or error.get("ErrorCode")) for error in fleet.get("FleetErrors") or ()]
    return "; ".join(said) or None


def _has_room(fleet: Fleet) -> bool:
    """A fleet of several sessions an instance counts sessions, every other one instances."""
    if fleet.get("FleetType") == "ELASTIC":
        # It has no capacity to tell: AWS finds a place when someone comes.
        return True
    capacity = _capacity(fleet)
    free = capacity.get("Available", 0)
    if fleet.get("MaxSessionsPerInstance", 1) > 1:
        free = capacity.get("AvailableUserSessions", free)
    return bool(free > 0)


def _capacity(fleet: Fleet) -> Mapping[str, Any]:
    return fleet.get("ComputeCapacityStatus") or {}
