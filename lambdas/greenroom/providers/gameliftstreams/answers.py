"""The answers of GameLift Streams, as far as Greenroom reads them: `gameliftstreams/2018-05-10/service-2.json`.

That model requires ARNs only. Here those members are required without which an answer says nothing.
"""

from __future__ import annotations

from greenroom.domain.values import Progress, Status
from greenroom.providers.bodies import AwsBody, Moment, Text, shown

_STATUS = {
    "ACTIVE": Status.READY,
    "EXPIRED": Status.FAILED,
    "REVOKED": Status.FAILED,
    "LIMIT_REACHED": Status.FAILED,
}


class Location(AwsBody, frozen=True):
    location_name: str
    status: str | None = None
    idle_capacity: int = 0
    allocated_capacity: int = 0
    always_on_capacity: int = 0
    on_demand_capacity: int = 0
    maximum_capacity: int | None = None


class Group(AwsBody, frozen=True):
    status: Text
    status_reason: str | None = None
    location_states: tuple[Location, ...] = ()


class MadeUrl(AwsBody, frozen=True):
    """A stream URL, as CreateStreamUrl and GetStreamUrl tell it."""

    status: Text
    arn: str = ""
    stream_url_id: str = ""
    status_reason: str | None = None
    stream_url: str | None = None
    created_at: Moment | None = None
    expires_at: Moment | None = None
    locations: list[str] | None = None
    remaining_uses: int | None = None
    usage_limit: int | None = None

    def __post_init__(self) -> None:
        if not self.id:
            raise ValueError("neither an id nor an ARN")

    @property
    def id(self) -> str:
        """The model makes the id optional; the ARN, which it requires, ends in it."""
        return self.stream_url_id or self.arn.rpartition("/")[2]

    @property
    def progress(self) -> Progress:
        """READY is a URL that is ACTIVE, whatever room its group has. The URL itself is left out."""
        members = {
            "streamId": self.id,
            "state": self.status,
            "createdAt": self.created_at,
            "expiresAt": self.expires_at,
            "locations": self.locations,
            "remainingUses": self.remaining_uses,
            "statusReason": self.status_reason,
            "usageLimit": self.usage_limit,
        }
        return Progress(
            _STATUS.get(self.status, Status.PENDING),
            state=self.status,
            status_code=self.status_reason,
            stream_id=self.id,
            stream=shown(members),
        )
