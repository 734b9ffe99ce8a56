"""Amazon GameLift Streams behind the provider port, by stream URLs.

States and errors follow the service's model, `gameliftstreams/2018-05-10/service-2.json`. It requires ARNs only; here
the members are required without which an answer says nothing. A URL is ACTIVE in a full group too, and opens nothing
there, so the group is looked at as well.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from greenroom.domain.errors import CapacityUnavailable, ServiceRefused, StreamNotReady
from greenroom.domain.values import Progress, Status, StreamUrl, utc_now
from greenroom.providers.aws_service import ONE_ATTEMPT, provider_errors
from greenroom.providers.bodies import ABody, AwsBody, Moment, Text, read, shown

if TYPE_CHECKING:
    from greenroom.providers.gameliftstreams.fields import GameLiftStreamsFields
    from greenroom.providers.port import Starting, Wiring

_STATUS = {
    "ACTIVE": Status.READY,
    "EXPIRED": Status.FAILED,
    "REVOKED": Status.FAILED,
    "LIMIT_REACHED": Status.FAILED,
}
_UP = {"ACTIVE", "ACTIVE_WITH_ERRORS"}
# ERROR is how the deployment of a group ended, for want of instances (`noAvailableInstances`) too: the group has to be
# made again, and waiting does not help. What comes and goes is the capacity of a group that is up.
_LOST = {"ERROR", "DELETING", "EXPIRED"}
# 5 active URLs a group, 20 an account: https://docs.aws.amazon.com/gameliftstreams/latest/developerguide/other-limitations.html
_NO_ROOM = frozenset({"ServiceQuotaExceededException"})
_NOT_FOUND = "ResourceNotFoundException"
# "Returns the original response", says the model of a client token: what is refused so had no original.
_NEVER_MADE = frozenset({"ConflictException", _NOT_FOUND, "ValidationException"})


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
    """A stream URL, as CreateStreamUrl and GetStreamUrl return it."""

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


def connect(wiring: Wiring) -> GameLiftStreams:
    """Connect by the region, credentials and endpoint (`AWS_ENDPOINT_URL_GAMELIFTSTREAMS`) that botocore finds."""
    return GameLiftStreams(wiring.aws_client("gameliftstreams", config=ONE_ATTEMPT))


class GameLiftStreams:
    """The provider port over a botocore `gameliftstreams` client that makes one attempt a call."""

    def __init__(self, client: Any, clock: Callable[[], datetime] = utc_now) -> None:
        self._client = client
        self._clock = clock

    @property
    def endpoint(self) -> str:
        return str(self._client.meta.endpoint_url)

    @property
    def settles_in(self) -> int:
        """The service knows a client token, and answers a repeat with what it made."""
        return 0

    def prepare(self, fields: GameLiftStreamsFields, client_token: str, starting: Starting) -> Progress:  # noqa: ARG002
        """Look for room. Then a URL may be made, which counts against the quota until it is revoked."""
        progress = progress_of(self._group(fields), fields)
        if progress.status is Status.READY:
            starting()
        return progress

    def create(self, fields: GameLiftStreamsFields, client_token: str) -> Progress:
        """Make a URL. If the request names no locations, use those that are ACTIVE now: the service wants some."""
        locations = fields.locations or [location.location_name for location in wanted(self._group(fields), fields)]
        if not locations:
            raise CapacityUnavailable("NoLocation", f"No location of {fields.stream_group_id} is ACTIVE")
        return self._make(fields, client_token, locations).progress

    def describe(self, fields: GameLiftStreamsFields, stream_id: str, age: timedelta) -> Progress:  # noqa: ARG002
        progress = self._stream_url(fields, stream_id).progress
        if progress.status is not Status.READY:
            return progress
        group = progress_of(self._group(fields), fields)
        return replace(group, stream_id=stream_id, stream=progress.stream)

    def connect(self, fields: GameLiftStreamsFields, stream_id: str) -> StreamUrl:
        asked_at = self._clock()
        found = self._stream_url(fields, stream_id)
        if found.progress.status is Status.FAILED:
            raise ServiceRefused("StreamUrlEnded", f"Stream URL {stream_id} is {found.status} and opens nothing more")
        if found.progress.status is Status.PENDING or not found.stream_url:
            raise StreamNotReady(f"Stream URL {stream_id} is {found.status} and cannot be opened")
        # The model makes both times optional. A URL's time counts from its creation.
        began_at = found.created_at or asked_at
        return StreamUrl(
            found.stream_url, found.expires_at or began_at + timedelta(seconds=fields.expiration_in_seconds)
        )

    def release(self, fields: GameLiftStreamsFields, stream_id: str | None, client_token: str) -> None:
        """Revoke the URL, and end a session that somebody may have started with it."""
        found = stream_id or self._find(fields, client_token)
        if not found:
            return
        try:
            self._call(
                AwsBody,
                "revoke_stream_url",
                Identifier=fields.stream_group_id,
                StreamUrlIdentifier=found,
                RevocationMode="REVOKE_AND_TERMINATE_SESSIONS",
            )
        except ServiceRefused as refused:
            if refused.name != _NOT_FOUND:
                raise

    def _make(self, fields: GameLiftStreamsFields, client_token: str, locations: Sequence[str]) -> MadeUrl:
        """Make a URL. The same client token gets the first answer again, and no second URL."""
        return self._call(
            MadeUrl,
            "create_stream_url",
            Identifier=fields.stream_group_id,
            ApplicationIdentifier=fields.application_id,
            ClientToken=client_token,
            Locations=locations,
            Protocol="WebRTC",
            UrlExpiresAfterMinutes=-(-fields.expiration_in_seconds // 60),
            UsageLimit=fields.usage_limit,
        )

    def _find(self, fields: GameLiftStreamsFields, client_token: str) -> str | None:
        """Find the URL whose answer was lost. If it was never made, the service makes it now, or refuses to.

        A location that is not ACTIVE any more does as well: the URL that is there was made for its own.
        """
        try:
            names = fields.locations or [location.location_name for location in self._group(fields).location_states]
            return self._make(fields, client_token, names).id if names else None
        except CapacityUnavailable:
            return None
        except ServiceRefused as refused:
            if refused.name in _NEVER_MADE:
                return None
            raise

    def _stream_url(self, fields: GameLiftStreamsFields, stream_id: str) -> MadeUrl:
        identifiers = {"Identifier": fields.stream_group_id, "StreamUrlIdentifier": stream_id}
        return self._call(MadeUrl, "get_stream_url", **identifiers)

    def _group(self, fields: GameLiftStreamsFields) -> Group:
        return self._call(Group, "get_stream_group", Identifier=fields.stream_group_id)

    def _call(self, answer: type[ABody], operation: str, **parameters: Any) -> ABody:
        """Call an operation. Raise MalformedAnswer, too, if the answer lacks a required member."""
        with provider_errors(self.endpoint, capacity=_NO_ROOM):
            return read(answer, getattr(self._client, operation)(**parameters))


def progress_of(group: Group, fields: GameLiftStreamsFields) -> Progress:
    """Return READY if a group is up and has room in a wanted location."""
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
    """Return the wanted locations that are up. Raise ServiceRefused if the group lacks one of them."""
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
    """Return whether a session finds a place: at once in idle capacity, within minutes in on-demand capacity.

    Always-on capacity that is not up yet does not count: no session brings it, and it may take long.
    """
    most = location.maximum_capacity
    if most is None:
        most = location.always_on_capacity + location.on_demand_capacity
    return location.idle_capacity > 0 or most > max(location.allocated_capacity, location.always_on_capacity)
