"""The answers of WorkSpaces Applications, as far as Greenroom reads them: `appstream/2016-12-01/service-2.json`.

Members that the model makes optional, and members of a fleet that an older endpoint may lack, have a default.
"""

from __future__ import annotations

import msgspec

from greenroom.providers.bodies import AwsBody, Moment, Text


class Capacity(AwsBody, frozen=True):
    """Instances, and in a fleet of several sessions an instance their user sessions."""

    available: int = 0
    in_use: int = 0
    available_user_sessions: int | None = None
    active_user_sessions: int = 0
    drain_mode_active_user_sessions: int = 0

    @property
    def is_in_use(self) -> bool:
        return any((self.in_use, self.active_user_sessions, self.drain_mode_active_user_sessions))


class FleetError(AwsBody, frozen=True):
    error_code: str | None = None
    error_message: str | None = None


class Fleet(AwsBody, frozen=True):
    name: str
    state: Text
    fleet_type: str | None = None
    max_sessions_per_instance: int = 1
    compute_capacity_status: Capacity = msgspec.field(default_factory=Capacity)
    fleet_errors: tuple[FleetError, ...] = ()


class DescribeFleets(AwsBody, frozen=True):
    fleets: list[Fleet]
    next_token: str | None = None


class CreateStreamingUrl(AwsBody, frozen=True):
    streaming_url: str = msgspec.field(default="", name="StreamingURL")
    expires: Moment | None = None
