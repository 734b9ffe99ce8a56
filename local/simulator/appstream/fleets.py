"""A fleet: where it is at a moment follows from the last thing that happened to it and what it was set to do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from local.simulator.appstream.behaviour import AppStreamBehaviour
from local.simulator.aws.errors import ServiceError

_FLEETS = "arn:aws:appstream:us-west-2:123456789012:fleet"
SESSIONS_AN_INSTANCE = 5


@dataclass(frozen=True)
class Fleet:
    """A fleet in `entered`, a state it came into at `since`."""

    name: str
    behaviour: AppStreamBehaviour
    created_at: datetime
    entered: str
    since: datetime

    @classmethod
    def set(cls, name: str, behaviour: AppStreamBehaviour, now: datetime) -> Fleet:
        return cls(name, behaviour, now, behaviour.session_state, now)

    def state_at(self, now: datetime) -> str:
        if self.entered == "STOPPED":
            return "STOPPED"
        if self.entered == "STOPPING":
            return "STOPPED" if now >= self.since + self.behaviour.stop_after else "STOPPING"
        if not self._has_settled(now):
            return self.entered
        return self.behaviour.final_state or ("RUNNING" if self.entered == "STARTING" else self.entered)

    def has_room(self, now: datetime) -> bool:
        return self.state_at(now) == "RUNNING" and self._has_settled(now) and self.behaviour.has_room

    def start(self, now: datetime) -> Fleet:
        """Return the fleet after StartFleet, of which AWS says that it may be not permitted, and not when."""
        if (state := self.state_at(now)) != "STOPPED":
            raise ServiceError("OperationNotPermittedException", f"fleet {self.name} is {state}, not STOPPED")
        return replace(self, entered="STARTING", since=now)

    def stop(self, now: datetime) -> Fleet:
        """Return the fleet after StopFleet, which is no error for one that is STOPPED or STOPPING."""
        if self.state_at(now) in {"STOPPED", "STOPPING"}:
            return self
        return replace(self, entered="STOPPING", since=now)

    def view(self, now: datetime) -> dict[str, object]:
        """Fill the members of the model's Fleet that a simulated fleet has."""
        behaviour = self.behaviour
        several = behaviour.available_user_sessions is not None
        return {
            "Arn": f"{_FLEETS}/{self.name}",
            "Name": self.name,
            "DisplayName": self.name,
            "InstanceType": "stream.standard.medium",
            "FleetType": behaviour.fleet_type,
            "ComputeCapacityStatus": self._capacity(now),
            "MaxSessionsPerInstance": SESSIONS_AN_INSTANCE if several else None,
            "State": self.state_at(now),
            "CreatedTime": self.created_at,
            "FleetErrors": [
                {"ErrorCode": error.error_code, "ErrorMessage": error.error_message} for error in behaviour.fleet_errors
            ],
        }

    def _capacity(self, now: datetime) -> dict[str, int]:
        behaviour = self.behaviour
        is_up = self.state_at(now) == "RUNNING" and self._has_settled(now)
        wanted = behaviour.available + behaviour.in_use
        available, in_use = (behaviour.available, behaviour.in_use) if is_up else (0, 0)
        capacity = {"Desired": wanted, "Running": available + in_use, "InUse": in_use, "Available": available}
        if behaviour.available_user_sessions is None:
            return capacity
        slots = (behaviour.available_user_sessions, behaviour.active_user_sessions)
        free, active = slots if is_up else (0, 0)
        users = {"DesiredUserSessions": sum(slots), "ActualUserSessions": free + active}
        return capacity | users | {"AvailableUserSessions": free, "ActiveUserSessions": active}

    def _has_settled(self, now: datetime) -> bool:
        after = self.behaviour.ready_after
        return after is not None and now >= self.since + after
