"""The settings of a simulated stream group of GameLift Streams."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from local.simulator.core.settings import Behaviour, Name, Setting

Count = Annotated[int, Field(ge=0, le=1_000_000)]


class Location(Setting):
    """One of the group's `LocationStates`. Without a capacity of its own it has the group's."""

    location_name: Annotated[str, Field(pattern=r"^[a-zA-Z0-9-]{1,20}$")] = "us-west-2"
    status: Name = "ACTIVE"
    idle_capacity: Count | None = None


class GameLiftStreamsBehaviour(Behaviour):
    """The behaviour of a stream group, which is the key, by its id also where a call has its ARN.

    `session_state` is the group's `Status` now. `ready_after_seconds` after that it comes into `final_state` (unset: a
    group that is ACTIVATING or UPDATING_LOCATIONS comes to ACTIVE, any other stays), and its locations have
    `idle_capacity`, of which they have none before. `url_state` is what GetStreamUrl says of a URL that is ACTIVE.
    """

    session_state: Name = "ACTIVE"
    final_state: Name | None = None
    idle_capacity: Count = 1
    on_demand_capacity: Count = 0
    locations: Annotated[tuple[Location, ...], Field(min_length=1)] = (Location(),)
    url_state: Name = "ACTIVE"

    @property
    def ready_after(self) -> timedelta | None:
        return None if self.ready_after_seconds is None else timedelta(seconds=self.ready_after_seconds)
