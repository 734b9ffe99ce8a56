"""How far a stream group is, and whether it has room: a URL is ACTIVE in a full group too, and opens nothing there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from greenroom.domain.errors import ServiceRefused
from greenroom.domain.values import Progress, Status
from greenroom.providers.gameliftstreams.fields import GameLiftStreamsFields

_UP = {"ACTIVE", "ACTIVE_WITH_ERRORS"}
_LOST = {"ERROR", "DELETING", "EXPIRED"}

Location = Mapping[str, Any]


def progress_of(group: Mapping[str, Any], fields: GameLiftStreamsFields) -> Progress:
    """READY is a group that is up and has room in a location that is wanted."""
    state, reason = group["Status"], group.get("StatusReason")
    if state in _UP and any(_has_room(location) for location in wanted(group, fields)):
        return Progress(Status.READY, state=state, status_code=reason)
    if state in _UP:
        full = f"the stream group {fields.stream_group_id} is at capacity"
        return Progress(Status.PENDING, state=state, status_code=reason, detail=full)
    status = Status.FAILED if state in _LOST else Status.PENDING
    return Progress(status, state=state, status_code=reason)


def wanted(group: Mapping[str, Any], fields: GameLiftStreamsFields) -> Sequence[Location]:
    """The locations that are up, among those that are asked for. ServiceRefused if the group has none of these."""
    there = [item for item in group.get("LocationStates") or () if item.get("LocationName")]
    names = [item["LocationName"] for item in there]
    asked = fields.locations or names
    if there and not set(asked) & set(names):
        raise ServiceRefused(
            "LocationNotInGroup",
            f"The stream group {fields.stream_group_id} is in {', '.join(names)}: locations must be some of these",
        )
    return [item for item in there if item["LocationName"] in asked and item.get("Status") == "ACTIVE"]


def _has_room(location: Location) -> bool:
    """Idle capacity is there at once; on-demand capacity comes when a session is asked for, in some minutes."""
    most = location.get("MaximumCapacity", location.get("AlwaysOnCapacity", 0) + location.get("OnDemandCapacity", 0))
    return bool(location.get("IdleCapacity", 0) > 0 or location.get("AllocatedCapacity", 0) < most)
