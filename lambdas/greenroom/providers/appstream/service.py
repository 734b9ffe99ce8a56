"""Amazon WorkSpaces Applications (AppStream 2.0) behind the provider port.

States and errors follow the service's model, `appstream/2016-12-01/service-2.json`. A stream is a place in a fleet:
there is none to create, and its URL is made when it is handed over.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from greenroom.domain.errors import ServiceFailed, ServiceRefused, StreamNotReady
from greenroom.domain.values import Progress, Status, StreamUrl, utc_now
from greenroom.providers.appstream.answers import Fleet
from greenroom.providers.appstream.calls import CONCURRENT, NOT_FOUND, Calls
from greenroom.providers.appstream.fleets import NOT_RUNNING, errors_of, progress_of
from greenroom.providers.aws_service import ONE_ATTEMPT

if TYPE_CHECKING:
    from greenroom.providers.appstream.fields import AppStreamFields
    from greenroom.providers.port import Starting, Wiring

# One name for what a fleet's state does not permit now, and for what is not permitted at all.
_NOT_PERMITTED = "OperationNotPermittedException"


def connect(wiring: Wiring) -> AppStream:
    """Region, credentials and endpoint (`AWS_ENDPOINT_URL_APPSTREAM`) as botocore finds them."""
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
        """A fleet that falls back to STOPPED is started again until the deadline; the detail says why it fell.

        Its errors may pass, such as too few addresses or instances, and the model does not say which ones do.
        """
        fleet = self._calls.fleet(fields.fleet_name)
        if fleet.state in NOT_RUNNING and not fields.start_fleet:
            raise ServiceRefused(
                "FleetStopped", f"The fleet {fleet.name} is {fleet.state}: set startFleet to true, or start the fleet"
            )
        return self._start(fleet, starting) if fleet.state == "STOPPED" else progress_of(fleet)

    def create(self, fields: AppStreamFields, client_token: str) -> Progress:  # noqa: ARG002
        """Nothing is made, and nothing asked: prepare has just seen that the fleet is RUNNING and has room."""
        return _stream(Progress(Status.READY, state="RUNNING"), fields)

    def describe(self, fields: AppStreamFields, stream_id: str, age: timedelta) -> Progress:  # noqa: ARG002
        return _stream(progress_of(self._calls.fleet(fields.fleet_name)), fields)

    def connect(self, fields: AppStreamFields, stream_id: str) -> StreamUrl:  # noqa: ARG002
        """A URL that was made in vain is no harm: it takes no place until someone opens it."""
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
        """Stop the fleet, unless others use it by now: what is theirs too is not ours to stop."""
        try:
            fleet = self._calls.fleet(fields.fleet_name)
            if fleet.state not in NOT_RUNNING and not fleet.compute_capacity_status.is_in_use:
                self._calls.stop(fleet.name)
        except ServiceRefused as refused:
            if refused.name != NOT_FOUND:
                raise

    def _start(self, stopped: Fleet, starting: Starting) -> Progress:
        """Another request may start the same fleet between our two calls; a second look tells how far it is."""
        starting()
        try:
            self._calls.start(stopped.name)
        except (ServiceFailed, ServiceRefused) as error:
            if error.name not in {CONCURRENT, _NOT_PERMITTED}:
                raise
            fleet = self._calls.fleet(stopped.name)
            if fleet.state == "STOPPED" and error.name != CONCURRENT:
                raise
            return progress_of(fleet)
        return Progress(Status.PENDING, state="STARTING", detail=errors_of(stopped))

    def _ensure_it_runs(self, fields: AppStreamFields, refused: ServiceRefused) -> None:
        state = self._calls.fleet(fields.fleet_name).state
        if state != "RUNNING":
            raise StreamNotReady(f"The fleet {fields.fleet_name} is {state}: {refused.message}") from None


def _stream(progress: Progress, fields: AppStreamFields) -> Progress:
    """The id names what the stream is a place in, and for whom; the service has none before somebody opens its URL."""
    stream_id = f"{fields.stack_name}/{fields.fleet_name}/{fields.user_id}"
    return replace(progress, stream_id=stream_id, stream={"streamId": stream_id, "state": str(progress.state)})
