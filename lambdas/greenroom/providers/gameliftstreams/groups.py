"""How far a stream group is, and whether it has room: a URL is ACTIVE in a full group too, and opens nothing there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from greenroom.domain.errors import ServiceRefused
from greenroom.domain.values import Progress, Status
from greenroom.providers.gameliftstreams.answers import Group, Location

if TYPE_CHECKING:
    from greenroom.providers.gameliftstreams.fields import GameLiftStreamsFields

_UP = {"ACTIVE", "ACTIVE_WITH_ERRORS"}
# ERROR is how the deployment of a group ended, for want of instances (`noAvailableInstances`) too: it is to be made
# again, and waiting does not help. What comes and goes is the capacity of a group that is up.
_LOST = {"ERROR", "DELETING", "EXPIRED"}


def progress_of(group: Group, fields: GameLiftStreamsFields) -> Progress:
    """READY is a group that is up and has room in a location that is wanted."""
    state, reason = group.status, group.status_reason
    if state not in _UP:
        status = Status.FAILED if state in _LOST else Status.PENDING
        return Progress(status, state=state, status_code=reason)
    active = wanted(group, fields)
    if any(_has_room(location) for location in active):
        return Progress(Status.READY, state=state, status_code=reason)
    lack = "is at capacity" if active else "has no location that is ACTIVE"
    detail = f"the stream group {fields.stream_group_id} {lack}"
    return Progress(Status.PENDING, state=state, status_code=reason, detail=detail)


def wanted(group: Group, fields: GameLiftStreamsFields) -> Sequence[Location]:
    """The locations that are up, of those that are asked for. ServiceRefused if one of these is not in the group."""
    there = {location.location_name: location for location in group.location_states}
    asked = fields.locations or list(there)
    if missing := [name for name in asked if name not in there]:
        raise ServiceRefused(
            "LocationNotInGroup",
            f"The stream group {fields.stream_group_id} is not in {', '.join(missing)}: "
            f"locations must be of those that it has, {', '.join(there) or 'which are none'}",
        )
    return [there[name] for name in asked if there[name].status == "ACTIVE"]


def _has_room(location: Location) -> bool:
    """Idle capacity is there at once; on-demand capacity comes when a session is asked for, in some minutes.

    Always-on capacity that is not there yet is no room: no session brings it, and it may be long in coming.
    """
    most = location.maximum_capacity
    if most is None:
        most = location.always_on_capacity + location.on_demand_capacity
    return location.idle_capacity > 0 or most > max(location.allocated_capacity, location.always_on_capacity)
