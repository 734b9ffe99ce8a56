"""Amazon Nimble Studio behind the provider port.

Operations and errors follow the service's published model, `nimble/2020-08-01/service-2.json`. It requires no member of
an answer; here the state is required, without which an answer says nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from greenroom.domain.errors import MalformedAnswer, ServiceFailed, ServiceRefused, StreamNotReady
from greenroom.domain.values import Progress, Status, StreamUrl, utc_now
from greenroom.providers.aws_service import ONE_ATTEMPT, provider_errors
from greenroom.providers.bodies import Body, Moment, Text, read, shown

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


class Session(Body, frozen=True, rename="camel"):
    member: ClassVar = "session"

    state: Text
    status_code: str | None = None
    status_message: str | None = None

    @property
    def progress(self) -> Progress:
        status = _SESSION_STATUS.get(self.state, Status.PENDING)
        return Progress(status, state=self.state, status_code=self.status_code, detail=self.status_message)


class Stream(Body, frozen=True, rename="camel"):
    member: ClassVar = "stream"

    state: Text
    created_at: Moment | None = None
    created_by: str | None = None
    expires_at: Moment | None = None
    owned_by: str | None = None
    status_code: str | None = None
    stream_id: str | None = None
    url: str | None = None

    @property
    def progress(self) -> Progress:
        """Without its URL. A stream is not READY before it has one."""
        status = _STREAM_STATUS.get(self.state, Status.PENDING)
        if status is Status.READY and not self.url:
            status = Status.PENDING
        said = {
            "createdAt": self.created_at,
            "createdBy": self.created_by,
            "expiresAt": self.expires_at,
            "ownedBy": self.owned_by,
            "state": self.state,
            "statusCode": self.status_code,
            "streamId": self.stream_id,
        }
        return Progress(
            status,
            state=self.state,
            status_code=self.status_code,
            stream_id=self.stream_id,
            stream=shown(said),
        )


AnAnswer = TypeVar("AnAnswer", Session, Stream)


def connect(wiring: Wiring) -> NimbleStudio:
    """Connect by the region, credentials and endpoint (`AWS_ENDPOINT_URL_NIMBLE`) that botocore finds."""
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
        found = self._call(Session, "get_streaming_session", **_keys(fields)).progress
        if found.state != "STOPPED":
            return found
        starting()
        try:
            return self._call(Session, "start_streaming_session", clientToken=client_token, **_keys(fields)).progress
        except ServiceRefused as refused:
            if refused.name != "ConflictException":
                raise
            # Somebody else started it between our two calls; the next look tells how far it is.
            return Progress(Status.PENDING, state=found.state, status_code=found.status_code)

    def create(self, fields: NimbleFields, client_token: str) -> Progress:
        stream = self._call(
            Stream,
            "create_streaming_session_stream",
            clientToken=client_token,
            expirationInSeconds=fields.expiration_in_seconds,
            **_keys(fields),
        )
        if not stream.stream_id:
            raise MalformedAnswer(f"{self.endpoint} made a stream and did not name it")
        return stream.progress

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
            self._call(Session, "stop_streaming_session", **_keys(fields))
        except ServiceRefused as refused:
            if refused.name == "ResourceNotFoundException":
                return
            if refused.name != "ConflictException":
                raise
            self._ensure_it_stops(fields)

    def _ensure_it_stops(self, fields: NimbleFields) -> None:
        """Raise ServiceFailed if the session is still starting; else it stops already, or is gone."""
        try:
            state = self._call(Session, "get_streaming_session", **_keys(fields)).state
        except ServiceRefused as refused:
            if refused.name == "ResourceNotFoundException":
                return
            raise
        if state not in _NOTHING_TO_STOP:
            raise ServiceFailed(
                "ConflictException", f"Session {fields.session_id} is {state} and cannot be stopped yet"
            )

    def _look(self, fields: NimbleFields, stream_id: str) -> Progress:
        """Poll the stream. If it is READY, the answer has its URL."""
        asked_at = self._clock()
        stream = self._call(Stream, "get_streaming_session_stream", streamId=stream_id, **_keys(fields))
        progress = stream.progress
        if progress.status is not Status.READY or not stream.url:
            return progress
        # The model makes `expiresAt` optional; the time that we asked for, counted from before the call, is never late.
        expires_at = stream.expires_at or asked_at + timedelta(seconds=fields.expiration_in_seconds)
        return replace(progress, url=StreamUrl(stream.url, expires_at))

    def _call(self, kind: type[AnAnswer], operation: str, **parameters: Any) -> AnAnswer:
        with provider_errors(self.endpoint):
            answer = getattr(self._client, operation)(**parameters).get(kind.member)
        try:
            # botocore reads a body that is no JSON as an empty answer.
            return read(kind, answer)
        except ValueError:
            words = f"{self.endpoint} answered {operation} with something that is not a {kind.member}"
            raise MalformedAnswer(words) from None


def _keys(fields: NimbleFields) -> dict[str, str]:
    return {"studioId": fields.studio_id, "sessionId": fields.session_id}
