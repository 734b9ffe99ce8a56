"""Amazon WorkSpaces Applications (AppStream 2.0) behind the provider port.

States and errors follow the service's model, `appstream/2016-12-01/service-2.json`. Members that it makes optional, and
members of a fleet that an older endpoint may lack, have a default here.

A stream is a place in a fleet: there is none to create, and its URL is made when it is handed over. A fleet that is
RUNNING may have no place free, or none yet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from greenroom.domain.errors import MalformedAnswer, ServiceFailed, ServiceRefused, StreamNotReady
from greenroom.domain.values import Progress, Status, StreamUrl, utc_now
from greenroom.providers.aws_service import ONE_ATTEMPT, provider_errors
from greenroom.providers.bodies import ABody, AwsBody, Moment, Text, read

if TYPE_CHECKING:
    from greenroom.providers.appstream.fields import AppStreamFields
    from greenroom.providers.port import Starting, Wiring


_NOT_RUNNING = frozenset({"STOPPED", "STOPPING"})
# "Wait a few minutes and try again", says the model, under the status of a refusal.
_CONCURRENT = "ConcurrentModificationException"
_NOT_FOUND = "ResourceNotFoundException"
# One name for what a fleet's state does not permit now, and for what is not permitted at all.
_NOT_PERMITTED = "OperationNotPermittedException"
# LimitExceededException is a quota here, and not too many calls: an instance may become free.
_NO_ROOM = frozenset({"LimitExceededException", "ResourceNotAvailableException"})
# One fleet is asked for, and the pages before it may be empty.
_MOST_PAGES = 20


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


class Calls:
    """Raises what the port promises: MalformedAnswer, too, of an answer that lacks what the model requires."""

    def __init__(self, client: Any) -> None:
        self._client = client

    @property
    def endpoint(self) -> str:
        return str(self._client.meta.endpoint_url)

    def fleet(self, name: str) -> Fleet:
        """Return a fleet. Raise ServiceRefused if there is no such fleet."""
        for fleet in self._fleets(name):
            if fleet.name == name:
                return fleet
        raise ServiceRefused(_NOT_FOUND, f"There is no fleet {name}: fleetName must be one that exists")

    def start(self, name: str) -> None:
        self._call(AwsBody, "start_fleet", Name=name)

    def stop(self, name: str) -> None:
        self._call(AwsBody, "stop_fleet", Name=name)

    def streaming_url(self, **parameters: Any) -> CreateStreamingUrl:
        """Make a URL. Parameters that are None are left out."""
        given = {name: value for name, value in parameters.items() if value is not None}
        made = self._call(CreateStreamingUrl, "create_streaming_url", **given)
        if not made.streaming_url:
            raise MalformedAnswer(f"{self.endpoint} made a URL and did not show it")
        return made

    def _fleets(self, name: str) -> Iterator[Fleet]:
        """Yield the fleets of all pages: even when asked by name, and an empty page need not be the last."""
        token: dict[str, str] = {}
        for _ in range(_MOST_PAGES):
            page = self._call(DescribeFleets, "describe_fleets", Names=[name], **token)
            yield from page.fleets
            if not page.next_token:
                return
            token = {"NextToken": page.next_token}
        raise MalformedAnswer(f"{self.endpoint} answered describe_fleets with more than {_MOST_PAGES} pages")

    def _call(self, answer: type[ABody], operation: str, **parameters: Any) -> ABody:
        with provider_errors(self.endpoint, capacity=_NO_ROOM, failed=frozenset({_CONCURRENT})):
            return read(answer, getattr(self._client, operation)(**parameters))


def connect(wiring: Wiring) -> AppStream:
    """Connect by the region, credentials and endpoint (`AWS_ENDPOINT_URL_APPSTREAM`) that botocore finds."""
    return AppStream(wiring.aws_client("appstream", config=ONE_ATTEMPT))


class AppStream:
    """The provider port over a botocore `appstream` client that makes one attempt a call."""

    def __init__(self, client: Any, clock: Callable[[], datetime] = utc_now) -> None:
        self._calls = Calls(client)
        self._clock = clock

    @property
    def endpoint(self) -> str:
        return self._calls.endpoint

    @property
    def settles_in(self) -> int:
        """No create makes anything."""
        return 0

    def prepare(self, fields: AppStreamFields, client_token: str, starting: Starting) -> Progress:  # noqa: ARG002
        """Start a fleet that is STOPPED, even again, until the deadline; the detail says why it stopped.

        Its errors may pass, such as too few addresses or instances, and the model does not say which ones do.
        """
        fleet = self._calls.fleet(fields.fleet_name)
        if fleet.state in _NOT_RUNNING and not fields.start_fleet:
            raise ServiceRefused(
                "FleetStopped", f"The fleet {fleet.name} is {fleet.state}: set startFleet to true, or start the fleet"
            )
        return self._start(fleet, starting) if fleet.state == "STOPPED" else progress_of(fleet)

    def create(self, fields: AppStreamFields, client_token: str) -> Progress:  # noqa: ARG002
        """Make nothing, and call nothing: prepare has just found that the fleet is RUNNING and has room."""
        return _stream(Progress(Status.READY, state="RUNNING"), fields)

    def describe(self, fields: AppStreamFields, stream_id: str, age: timedelta) -> Progress:  # noqa: ARG002
        return _stream(progress_of(self._calls.fleet(fields.fleet_name)), fields)

    def connect(self, fields: AppStreamFields, stream_id: str) -> StreamUrl:  # noqa: ARG002
        """Make a URL. One that nobody needs does no harm: it takes no place until someone opens it."""
        asked_at = self._clock()
        try:
            made = self._calls.streaming_url(
                StackName=fields.stack_name,
                FleetName=fields.fleet_name,
                UserId=fields.user_id,
                ApplicationId=fields.application_id,
                SessionContext=fields.session_context,
                Validity=fields.expiration_in_seconds,
            )
        except ServiceRefused as refused:
            if refused.name == _NOT_PERMITTED:
                self._ensure_it_runs(fields, refused)
            raise
        # The time that we asked for, counted from before the call, is never late.
        return StreamUrl(made.streaming_url, made.expires or asked_at + timedelta(seconds=fields.expiration_in_seconds))

    def release(self, fields: AppStreamFields, stream_id: str | None, client_token: str) -> None:  # noqa: ARG002
        """Stop the fleet, unless others use it by now."""
        try:
            fleet = self._calls.fleet(fields.fleet_name)
            if fleet.state not in _NOT_RUNNING and not fleet.compute_capacity_status.is_in_use:
                self._calls.stop(fleet.name)
        except ServiceRefused as refused:
            if refused.name != _NOT_FOUND:
                raise

    def _start(self, stopped: Fleet, starting: Starting) -> Progress:
        """Start the fleet. If another request started it between our two calls, poll it again."""
        starting()
        try:
            self._calls.start(stopped.name)
        except (ServiceFailed, ServiceRefused) as error:
            if error.name not in {_CONCURRENT, _NOT_PERMITTED}:
                raise
            fleet = self._calls.fleet(stopped.name)
            if fleet.state == "STOPPED" and error.name != _CONCURRENT:
                raise
            return progress_of(fleet)
        return Progress(Status.PENDING, state="STARTING", detail=errors_of(stopped))

    def _ensure_it_runs(self, fields: AppStreamFields, refused: ServiceRefused) -> None:
        state = self._calls.fleet(fields.fleet_name).state
        if state != "RUNNING":
            raise StreamNotReady(f"The fleet {fields.fleet_name} is {state}: {refused.message}") from None


def _stream(progress: Progress, fields: AppStreamFields) -> Progress:
    """Add an id that names the stack, the fleet and the user; the service has none before somebody opens the URL."""
    stream_id = f"{fields.stack_name}/{fields.fleet_name}/{fields.user_id}"
    return replace(progress, stream_id=stream_id, stream={"streamId": stream_id, "state": str(progress.state)})


def progress_of(fleet: Fleet) -> Progress:
    """Return READY if a fleet runs and has a place free. The detail has the fleet's errors, whatever its state."""
    errors = errors_of(fleet)
    if fleet.state == "RUNNING" and _has_room(fleet):
        return Progress(Status.READY, state=fleet.state, detail=errors)
    full = f"the fleet {fleet.name} has no place free" if fleet.state == "RUNNING" else None
    return Progress(Status.PENDING, state=fleet.state, detail="; ".join(filter(None, (full, errors))) or None)


def errors_of(fleet: Fleet) -> str | None:
    said = (error.error_message or error.error_code for error in fleet.fleet_errors)
    return "; ".join(filter(None, said)) or None


def _has_room(fleet: Fleet) -> bool:
    """Return whether a place is free. A fleet with several sessions an instance counts sessions, others instances."""
    if fleet.fleet_type == "ELASTIC":
        # It has no capacity to tell: AWS finds a place when someone comes.
        return True
    capacity = fleet.compute_capacity_status
    if fleet.max_sessions_per_instance > 1 and capacity.available_user_sessions is not None:
        return capacity.available_user_sessions > 0
    return capacity.available > 0
