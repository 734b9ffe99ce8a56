"""The settings of a simulated fleet of WorkSpaces Applications (AppStream 2.0)."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from local.simulator.core.settings import Behaviour, Name, Seconds, Setting

Count = Annotated[int, Field(ge=0, le=1_000_000)]


class FleetError(Setting):
    """One of the fleet's `FleetErrors`."""

    error_code: Name
    error_message: Name = "The fleet has an error."


class AppStreamBehaviour(Behaviour):
    """The behaviour of a fleet, which is the key.

    `session_state` is the fleet's state now. `ready_after_seconds` after that, or after StartFleet, it comes into
    `final_state` (unset: a fleet that is STARTING comes to RUNNING, any other stays), and a RUNNING fleet has capacity:
    `available` instances, or, in a fleet of several sessions an instance, `available_user_sessions`. A fleet that is
    STOPPED stays so until StartFleet.
    """

    session_state: Name = "RUNNING"
    final_state: Name | None = None
    stop_after_seconds: Seconds = 1
    fleet_type: Name = "ON_DEMAND"
    available: Count = 1
    in_use: Count = 0
    available_user_sessions: Count | None = None
    active_user_sessions: Count = 0
    fleet_errors: tuple[FleetError, ...] = ()
    empty_pages: Count = 0
    """Pages of DescribeFleets without a fleet, before the one with this fleet."""

    @property
    def ready_after(self) -> timedelta | None:
        return None if self.ready_after_seconds is None else timedelta(seconds=self.ready_after_seconds)

    @property
    def stop_after(self) -> timedelta:
        return timedelta(seconds=self.stop_after_seconds)

    @property
    def has_room(self) -> bool:
        free = self.available if self.available_user_sessions is None else self.available_user_sessions
        return free > 0
