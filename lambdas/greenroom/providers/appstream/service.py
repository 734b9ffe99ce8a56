"""Amazon WorkSpaces Applications (AppStream 2.0) behind the provider port.

States, members and errors follow the service's model, `appstream/2016-12-01/service-2.json`. A stream is a place in a
fleet: there is none to create, and its URL is made when it is handed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from botocore.config import Config

from greenroom.domain.errors import MalformedAnswer, ServiceRefused, StreamNotReady
from greenroom.domain.values import Progress, Status, StreamUrl, utc_now
from greenroom.providers.appstream.fields import AppStreamFields
from greenroom.providers.boto_errors import provider_errors
from greenroom.providers.port import Wiring

# One attempt a call, and short timeouts: Step Functions owns waiting and retrying.
CLIENT_CONFIG = Config(connect_timeout=3, read_timeout=8, retries={"total_max_attempts": 1})
# LimitExceededException is a quota here, and not too many calls: an instance may become free.
_NO_ROOM = frozenset({"LimitExceededException", "ResourceNotAvailableException"})
_STATUS = {"RUNNING": Status.READY}
_NOT_RUNNING = {"STOPPED", "STOPPING"}


def connect(wiring: Wiring) -> AppStream:
    """Region, credentials and endpoint (`AWS_ENDPOINT_URL_APPSTREAM`) as boto3 finds them."""
    return AppStream(wiring.aws_client("appstream", config=CLIENT_CONFIG))


class AppStream:
    """The provider port over a boto3 `appstream` client that makes one attempt a call."""

    def __init__(self, client: Any, clock: Callable[[], datetime] = utc_now) -> None:
        self._client = client
        self._clock = clock

    @property
    def endpoint(self) -> str:
        return str(self._client.meta.endpoint_url)

    def prepare(self, fields: AppStreamFields, client_token: str) -> Progress:  # noqa: ARG002
        """A fleet that falls back to STOPPED is started again until the deadline; why it fell is in the detail."""
        fleet = self._fleet(fields)
        if fleet["State"] not in _NOT_RUNNING:
            return _progress(fleet, fields)
        if not fields.start_fleet:
            raise ServiceRefused(
                "FleetStopped",
                f"The fleet {fields.fleet_name} is {fleet['State']}: set startFleet to true, or start the fleet",
            )
        if fleet["State"] == "STOPPING":
            return _progress(fleet, fields)
        return self._start(fleet, fields)

    def create(self, fields: AppStreamFields, client_token: str) -> Progress:  # noqa: ARG002
        """Nothing is made: the fleet that was awaited is looked at, for it may have filled up meanwhile."""
        return _progress(self._fleet(fields), fields)

    def describe(self, fields: AppStreamFields, stream_id: str, age: timedelta) -> Progress:  # noqa: ARG002
        return _progress(self._fleet(fields), fields)

    def connect(self, fields: AppStreamFields, stream_id: str) -> StreamUrl:  # noqa: ARG002
        """A URL that was made in vain is no harm: it takes no place until someone opens it."""
        asked_at = self._clock()
        given = {"ApplicationId": fields.application_id, "SessionContext": fields.session_context}
        try:
            made = self._call(
                "create_streaming_url",
                StackName=fields.stack_name,
                FleetName=fields.fleet_name,
                UserId=fields.user_id,
                Validity=fields.expiration_in_seconds,
                **{name: value for name, value in given.items() if value is not None},
            )
        except ServiceRefused as refused:
            if refused.name == "OperationNotPermittedException":
                self._ensure_it_does_not_run(fields, refused)
            raise
        if not made.get("StreamingURL"):
            raise MalformedAnswer(f"{self.endpoint} made a URL and did not show it")
        expires_at = made.get("Expires") or asked_at + timedelta(seconds=fields.expiration_in_seconds)
        return StreamUrl(made["StreamingURL"], expires_at)

    def release(self, fields: AppStreamFields, stream_id: str | None, client_token: str) -> None:  # noqa: ARG002
        """Stop the fleet, unless others use it by now: what is theirs too is not ours to stop."""
        try:
            fleet = self._fleet(fields)
            if fleet["State"] not in _NOT_RUNNING and not _in_use(fleet):
                self._call("stop_fleet", Name=fields.fleet_name)
        except ServiceRefused as refused:
            if refused.name != "ResourceNotFoundException":
                raise

    def _start(self, fleet: Mapping[str, Any], fields: AppStreamFields) -> Progress:
        try:
            self._call("start_fleet", Name=fields.fleet_name)
        except ServiceRefused as refused:
            if refused.name not in {"ConcurrentModificationException", "OperationNotPermittedException"}:
                raise
            if self._fleet(fields)["State"] == "STOPPED":
                raise
            # Somebody else started it between our two calls; the next look tells how far it is.
            return Progress(Status.PENDING, state=fleet["State"])
        return Progress(Status.PENDING, state="STARTING", detail=_errors(fleet), started=True)

    def _ensure_it_does_not_run(self, fields: AppStreamFields, refused: ServiceRefused) -> None:
        """One name stands for a fleet that stopped meanwhile and for what is not permitted at all."""
        if (state := self._fleet(fields)["State"]) != "RUNNING":
            raise StreamNotReady(f"The fleet {fields.fleet_name} is {state}: {refused.message}") from None

    def _fleet(self, fields: AppStreamFields) -> Mapping[str, Any]:
        for fleet in self._fleets(fields.fleet_name):
            if fleet.get("Name") == fields.fleet_name and fleet.get("State"):
                return fleet
        raise ServiceRefused(
            "ResourceNotFoundException", f"There is no fleet {fields.fleet_name}: fleetName must be one that exists"
        )

    def _fleets(self, name: str) -> Iterator[Mapping[str, Any]]:
        """DescribeFleets pages even where the names are given; an empty page is not the last one."""
        token: dict[str, str] = {}
        while True:
            page = self._call("describe_fleets", Names=[name], **token)
            fleets = page.get("Fleets")
            if not isinstance(fleets, list):
                raise MalformedAnswer(f"{self.endpoint} answered describe_fleets without fleets")
            yield from fleets
            if not page.get("NextToken"):
                return
            token = {"NextToken": page["NextToken"]}

    def _call(self, operation: str, **parameters: Any) -> Mapping[str, Any]:
        with provider_errors(self.endpoint, capacity=_NO_ROOM):
            answer: Mapping[str, Any] = getattr(self._client, operation)(**parameters)
        return answer


def _progress(fleet: Mapping[str, Any], fields: AppStreamFields) -> Progress:
    """READY is a fleet that runs and has a place free."""
    status = _STATUS.get(fleet["State"], Status.PENDING)
    detail = _errors(fleet)
    if status is Status.READY and not _has_room(fleet):
        status, detail = Status.PENDING, detail or f"the fleet {fields.fleet_name} has no place free"
    stream_id = f"{fields.stack_name}/{fields.fleet_name}/{fields.user_id}"
    return Progress(
        status,
        state=fleet["State"],
        detail=detail,
        stream_id=stream_id,
        stream={"streamId": stream_id, "state": fleet["State"]},
    )


def _has_room(fleet: Mapping[str, Any]) -> bool:
    """An Elastic fleet has no capacity to tell: AWS finds a place when someone comes."""
    if fleet.get("FleetType") == "ELASTIC":
        return True
    capacity = fleet.get("ComputeCapacityStatus") or {}
    # A fleet of several sessions an instance counts the sessions.
    return bool(capacity.get("AvailableUserSessions", capacity.get("Available", 0)) > 0)


def _in_use(fleet: Mapping[str, Any]) -> bool:
    capacity = fleet.get("ComputeCapacityStatus") or {}
    return bool(capacity.get("InUse") or capacity.get("ActiveUserSessions"))


def _errors(fleet: Mapping[str, Any]) -> str | None:
    said = [str(error.get("ErrorMessage") or error.get("ErrorCode")) for error in fleet.get("FleetErrors") or ()]
    return "; ".join(said) or None
