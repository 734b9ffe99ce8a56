"""Amazon WorkSpaces Applications (AppStream 2.0) behind the provider port.

States, members and errors follow the service's model, `appstream/2016-12-01/service-2.json`. A stream is a place in a
fleet: there is none to create, and its URL is made when it is handed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from botocore.config import Config

from greenroom.domain.errors import MalformedAnswer, ServiceFailed, ServiceRefused, StreamNotReady
from greenroom.domain.values import Progress, Status, StreamUrl, utc_now
from greenroom.providers.appstream.fields import AppStreamFields
from greenroom.providers.appstream.fleets import NOT_RUNNING, Fleet, errors_of, is_in_use, progress_of
from greenroom.providers.boto_errors import provider_errors
from greenroom.providers.port import Wiring

# One attempt a call, and short timeouts: Step Functions owns waiting and retrying.
CLIENT_CONFIG = Config(connect_timeout=3, read_timeout=8, retries={"total_max_attempts": 1})
# LimitExceededException is a quota here, and not too many calls: an instance may become free.
_NO_ROOM = frozenset({"LimitExceededException", "ResourceNotAvailableException"})
# "Wait a few minutes and try again", says the model, under the status of a refusal.
_CONCURRENT = "ConcurrentModificationException"
# One fleet is asked for, and the pages before it may be empty.
_MOST_PAGES = 20


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
        """A fleet that falls back to STOPPED is started again until the deadline; the detail says why it fell.

        Its errors may pass, such as too few addresses or instances, and the model does not say which ones do.
        """
        fleet = self._fleet(fields)
        if fleet["State"] in NOT_RUNNING and not fields.start_fleet:
            raise ServiceRefused(
                "FleetStopped",
                f"The fleet {fields.fleet_name} is {fleet['State']}: set startFleet to true, or start the fleet",
            )
        return self._start(fleet, fields) if fleet["State"] == "STOPPED" else progress_of(fleet)

    def create(self, fields: AppStreamFields, client_token: str) -> Progress:  # noqa: ARG002
        """Nothing is made, and nothing asked: prepare has just seen that the fleet is RUNNING and has room."""
        return _stream(Progress(Status.READY, state="RUNNING"), fields)

    def describe(self, fields: AppStreamFields, stream_id: str, age: timedelta) -> Progress:  # noqa: ARG002
        return _stream(progress_of(self._fleet(fields)), fields)

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
                self._ensure_it_runs(fields, refused)
            raise
        if not made.get("StreamingURL"):
            raise MalformedAnswer(f"{self.endpoint} made a URL and did not show it")
        expires_at = made.get("Expires") or asked_at + timedelta(seconds=fields.expiration_in_seconds)
        return StreamUrl(made["StreamingURL"], expires_at)

    def release(self, fields: AppStreamFields, stream_id: str | None, client_token: str) -> None:  # noqa: ARG002
        """Stop the fleet, unless others use it by now: what is theirs too is not ours to stop."""
        try:
            fleet = self._fleet(fields)
            if fleet["State"] not in NOT_RUNNING and not is_in_use(fleet):
                self._call("stop_fleet", Name=fields.fleet_name)
        except ServiceRefused as refused:
            if refused.name != "ResourceNotFoundException":
                raise

    def _start(self, stopped: Fleet, fields: AppStreamFields) -> Progress:
        """Another request may start the same fleet between our two calls; a second look tells how far it is."""
        try:
            self._call("start_fleet", Name=fields.fleet_name)
        except (ServiceFailed, ServiceRefused) as error:
            if error.name not in {_CONCURRENT, "OperationNotPermittedException"}:
                raise
            fleet = self._fleet(fields)
            if fleet["State"] == "STOPPED" and error.name != _CONCURRENT:
                raise
            return progress_of(fleet)
        return Progress(Status.PENDING, state="STARTING", detail=errors_of(stopped), started=True)

    def _ensure_it_runs(self, fields: AppStreamFields, refused: ServiceRefused) -> None:
        """One name stands for a fleet that stopped meanwhile and for what is not permitted at all."""
        if (state := self._fleet(fields)["State"]) != "RUNNING":
            raise StreamNotReady(f"The fleet {fields.fleet_name} is {state}: {refused.message}") from None

    def _fleet(self, fields: AppStreamFields) -> Fleet:
        for fleet in self._fleets(fields.fleet_name):
            if fleet.get("Name") == fields.fleet_name and isinstance(fleet.get("State"), str):
                return fleet
        raise ServiceRefused(
            "ResourceNotFoundException", f"There is no fleet {fields.fleet_name}: fleetName must be one that exists"
        )

    def _fleets(self, name: str) -> Iterator[Fleet]:
        """DescribeFleets pages even where the names are given; an empty page is not the last one."""
        token: dict[str, str] = {}
        for _ in range(_MOST_PAGES):
            page = self._call("describe_fleets", Names=[name], **token)
            if "Fleets" not in page:
                raise MalformedAnswer(f"{self.endpoint} answered describe_fleets without fleets")
            yield from page["Fleets"]
            if not page.get("NextToken"):
                return
            token = {"NextToken": page["NextToken"]}
        raise MalformedAnswer(f"{self.endpoint} answered describe_fleets with more than {_MOST_PAGES} pages")

    def _call(self, operation: str, **parameters: Any) -> Mapping[str, Any]:
        with provider_errors(self.endpoint, capacity=_NO_ROOM, failed=frozenset({_CONCURRENT})):
            answer: Mapping[str, Any] = getattr(self._client, operation)(**parameters)
        return answer


def _stream(progress: Progress, fields: AppStreamFields) -> Progress:
    """The id names what the stream is a place in, and for whom; the service has none before somebody opens its URL."""
    stream_id = f"{fields.stack_name}/{fields.fleet_name}/{fields.user_id}"
    return replace(progress, stream_id=stream_id, stream={"streamId": stream_id, "state": str(progress.state)})
