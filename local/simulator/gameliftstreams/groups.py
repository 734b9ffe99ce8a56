"""A stream group: its state at a moment follows from when it was set, or first seen, and what it was set to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from local.simulator.gameliftstreams.behaviour import GameLiftStreamsBehaviour, Location
from local.simulator.gameliftstreams.identifiers import arn

_LIFETIME = timedelta(days=365)
_ON_THEIR_WAY = {"ACTIVATING", "UPDATING_LOCATIONS"}


@dataclass(frozen=True)
class Group:
    """A stream group that does what it was set to since `since`."""

    group_id: str
    behaviour: GameLiftStreamsBehaviour
    since: datetime

    def state_at(self, now: datetime) -> str:
        state = self.behaviour.session_state
        if not self._has_settled(now):
            return state
        return self.behaviour.final_state or ("ACTIVE" if state in _ON_THEIR_WAY else state)

    def view(self, now: datetime) -> dict[str, object]:
        """Fill the members of GetStreamGroupOutput that a simulated group has."""
        return {
            "Arn": arn("streamgroup", self.group_id),
            "Id": self.group_id,
            "Status": self.state_at(now),
            "LocationStates": [self._location(location, now) for location in self.behaviour.locations],
            "StreamClass": "gen6n_high",
            "CreatedAt": self.since,
            "LastUpdatedAt": self.since,
            "ExpiresAt": self.since + _LIFETIME,
        }

    def _location(self, location: Location, now: datetime) -> dict[str, object]:
        idle = self.behaviour.idle_capacity if location.idle_capacity is None else location.idle_capacity
        always_on, on_demand = max(idle, 1), self.behaviour.on_demand_capacity
        is_activating = self.state_at(now) == "ACTIVATING"
        return {
            "LocationName": location.location_name,
            "Status": "ACTIVATING" if is_activating else location.status,
            "AlwaysOnCapacity": always_on,
            "OnDemandCapacity": on_demand,
            "MaximumCapacity": always_on + on_demand,
            "RequestedCapacity": always_on,
            "AllocatedCapacity": 0 if is_activating else always_on,
            "IdleCapacity": idle if self._has_settled(now) else 0,
        }

    def _has_settled(self, now: datetime) -> bool:
        after = self.behaviour.ready_after
        return after is not None and now >= self.since + after
