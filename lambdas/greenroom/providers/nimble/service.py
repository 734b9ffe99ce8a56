"""Amazon Nimble Studio behind the provider port.

States, fields and errors follow the service's published model, `nimble/2020-08-01/service-2.json`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from greenroom.domain.errors import MalformedAnswer, ServiceFailed, ServiceRefused, StreamNotReady
from greenroom.domain.values import Progress, Status, StreamUrl, to_iso, utc_now
from greenroom.providers.aws_service import ONE_ATTEMPT, provider_errors

if TYPE_CHECKING:
    from greenroom.providers.nimble.fields import NimbleFields
    from greenroom.providers.port import Starting, Wiring

_SESSION_STATUS = {
    "READY": Status.READY,
    "CREATE_FAILED": Status.FAILED,
    "START_FAILED": Status.FAILED,
    "STOP_FAILED": Status.FAILED,
    "DELETE_IN_PROGRESS": Status.FAILED,
    "DELETED": Status.FAILED,
    "DELETE_FAILED": Status.FAILED,
}
_NOTHING_TO_STOP = {"STOP_IN_PROGRESS", "STOPPED", "DELETE_IN_PROGRESS", "DELETED", "CREATE_FAILED", "START_FAILED"}
_STREAM_STATUS = {
    "READY": Status.READY,
    "CREATE_FAILED": Status.FAILED,
    "DELETE_IN_PROGRESS": Status.FAILED,
    "DELETED": Status.FAILED,
    "DELETE_FAILED": Status.FAILED,
}


def connect(wiring: Wiring) -> NimbleStudio:
    """Region, credentials and endpoint (`AWS_ENDPOINT_URL_NIMBLE`) as botocore finds them."""
    return NimbleStudio(wiring.aws_client("nimble", config=ONE_ATTEMPT))


class NimbleStudio:
    """The provider port over a botocore `nimble` client that makes one attempt a call."""

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

    def prepare(self, fields: NimbleFields, client_token: str, starting: Starting) -> Progress:
        found = self._call("get_streaming_session", "session", **_keys(fields))
        if found["state"] != "STOPPED":
            return _session_progress(found)
        starting()
        try:
            started = self._call("start_streaming_session", "session", clientToken=client_token, **_keys(fields))
        except ServiceRefused as refused:
            if refused.name != "ConflictException":
                raise
            # Somebody else started it between our two calls; the next look tells how far it is.
            return Progress(Status.PENDING, state=found["state"], status_code=found.get("statusCode"))
        return _session_progress(started)

    def create(self, fields: NimbleFields, client_token: str) -> Progress:
        stream = self._call(
            "create_streaming_session_stream",
            "stream",
            clientToken=client_token,
            expirationInSeconds=fields.expiration_in_seconds,
            **_keys(fields),
        )
        if not stream.get("streamId"):
            raise MalformedAnswer(f"{self.endpoint} made a stream and did not name it")
        return _stream_progress(stream)

    def describe(self, fields: NimbleFields, stream_id: str, age: timedelta) -> Progress:  # noqa: ARG002
        return self._look(fields, stream_id)

    def connect(self, fields: NimbleFields, stream_id: str) -> StreamUrl:
        progress = self._look(fields, stream_id)
        if not progress.url:
            raise StreamNotReady(f"Stream {stream_id} is {progress.state} and has no URL")
        return progress.url

    def release(self, fields: NimbleFields, stream_id: str | None, client_token: str) -> None:  # noqa: ARG002
        """Stop the session. Nimble Studio cannot delete a stream: it ends with its expiry, or with its session."""
        try:
            self._call("stop_streaming_session", "session", **_keys(fields))
        except ServiceRefused as refused:
            if refused.name == "ResourceNotFoundException":
                return
            if refused.name != "ConflictException":
                raise
            self._ensure_it_stops(fields)

    def _ensure_it_stops(self, fields: NimbleFields) -> None:
        """A session that cannot be stopped now stops already, or is gone, or is still starting: then try again."""
        try:
            state = self._call("get_streaming_session", "session", **_keys(fields))["state"]
        except ServiceRefused as refused:
            if refused.name == "ResourceNotFoundException":
                return
            raise
        if state not in _NOTHING_TO_STOP:
            raise ServiceFailed(
                "ConflictException", f"Session {fields.session_id} is {state} and cannot be stopped yet"
            )

    def _look(self, fields: NimbleFields, stream_id: str) -> Progress:
        """The answer about a stream that is READY has its URL."""
        asked_at = self._clock()
        stream = self._call("get_streaming_session_stream", "stream", streamId=stream_id, **_keys(fields))
        progress = _stream_progress(stream)
        if progress.status is not Status.READY:
            return progress
        # The model makes `expiresAt` optional; the time that we asked for, counted from before the call, is never late.
        expires_at = stream.get("expiresAt") or asked_at + timedelta(seconds=fields.expiration_in_seconds)
        return replace(progress, url=StreamUrl(stream["url"], expires_at))

    def _call(self, operation: str, member: str, **parameters: Any) -> Mapping[str, Any]:
        with provider_errors(self.endpoint):
            answer = getattr(self._client, operation)(**parameters).get(member)
        # botocore reads a body that is no JSON as an empty answer.
        if not isinstance(answer, Mapping) or not answer.get("state"):
            raise MalformedAnswer(f"{self.endpoint} answered {operation} with something that is not a {member}")
        return answer


def _keys(fields: NimbleFields) -> dict[str, str]:
    return {"studioId": fields.studio_id, "sessionId": fields.session_id}


def _session_progress(session: Mapping[str, Any]) -> Progress:
    return Progress(
        _SESSION_STATUS.get(session["state"], Status.PENDING),
        state=session["state"],
        status_code=session.get("statusCode"),
        detail=session.get("statusMessage"),
    )


def _stream_progress(stream: Mapping[str, Any]) -> Progress:
    status = _STREAM_STATUS.get(stream["state"], Status.PENDING)
    if status is Status.READY and not stream.get("url"):
        status = Status.PENDING
    return Progress(
        status,
        state=stream["state"],
        status_code=stream.get("statusCode"),
        stream_id=stream.get("streamId"),
        stream={key: _text(value) for key, value in stream.items() if key != "url"},
    )


def _text(value: Any) -> str:
    return to_iso(value) if isinstance(value, datetime) else str(value)
