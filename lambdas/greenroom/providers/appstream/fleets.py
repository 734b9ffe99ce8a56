"""How far a fleet is, and whether it has room: a fleet that is RUNNING may have no place free, or none yet."""

from __future__ import annotations

from greenroom.domain.values import Progress, Status
from greenroom.providers.appstream.answers import Fleet

NOT_RUNNING = frozenset({"STOPPED", "STOPPING"})


def progress_of(fleet: Fleet) -> Progress:
    """READY is a fleet that runs and has a place free. The detail has the fleet's own errors, whatever its state."""
    errors = errors_of(fleet)
    if fleet.state == "RUNNING" and _has_room(fleet):
        return Progress(Status.READY, state=fleet.state, detail=errors)
    full = f"the fleet {fleet.name} has no place free" if fleet.state == "RUNNING" else None
    return Progress(Status.PENDING, state=fleet.state, detail="; ".join(filter(None, (full, errors))) or None)


def errors_of(fleet: Fleet) -> str | None:
    said = (error.error_message or error.error_code for error in fleet.fleet_errors)
    return "; ".join(filter(None, said)) or None


def _has_room(fleet: Fleet) -> bool:
    """A fleet of several sessions an instance counts sessions, every other one instances."""
    if fleet.fleet_type == "ELASTIC":
        # It has no capacity to tell: AWS finds a place when someone comes.
        return True
    capacity = fleet.compute_capacity_status
    if fleet.max_sessions_per_instance > 1 and capacity.available_user_sessions is not None:
        return capacity.available_user_sessions > 0
    return capacity.available > 0
