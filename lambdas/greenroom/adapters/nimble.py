"""Amazon Nimble Studio behind the provider port: all that is Nimble's is in this file.

States, fields and errors follow the service's published model, `nimble/2020-08-01/service-2.json`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionError, HTTPClientError  # noqa: A004  # botocore's own

from greenroom.domain import Connection, Progress, SessionRef, Status, to_iso, utc_now
from greenroom.errors import (
    EndpointUnreachable,
    InternalServerErrorException,
    MalformedAnswer,
    StreamNotReady,
    ThrottlingException,
)

# One attempt a call, and short timeouts: Step Functions owns waiting and retrying.
_CLIENT_CONFIG = Config(connect_timeout=3, read_timeout=8, retries={"total_max_attempts": 1})

_SESSION_STATUS = {
    "READY": Status.READY,
    "CREATE_FAILED": Status.FAILED,
    "START_FAILED": Status.FAILED,
    "STOP_FAILED": Status.FAILED,
    "DELETE_IN_PROGRESS": Status.FAILED,
    "DELETED": Status.FAILED,
    "DELETE_FAILED": Status.FAILED,
}
_STOPS_ALREADY = {"STOP_IN_PROGRESS", "STOPPED", "DELETE_IN_PROGRESS", "DELETED"}
_STREAM_STATUS = {
    "READY": Status.READY,
    "CREATE_FAILED": Status.FAILED,
    "DELETE_IN_PROGRESS": Status.FAILED,
    "DELETED": Status.FAILED,
    "DELETE_FAILED": Status.FAILED,
}
_URL = re.compile(r"\b[a-z]+://\S+", re.IGNORECASE)


class NimbleStudio:
    """The provider port over a boto3 `nimble` client."""

    def __init__(self, client: Any, clock: Callable[[], datetime] = utc_now) -> None:
        self._client = client
        self._clock = clock

    @classmethod
    def from_environment(cls) -> NimbleStudio:
        """Region, credentials and endpoint (`AWS_ENDPOINT_URL_NIMBLE`) as boto3 finds them."""
        return cls(boto3.client("nimble", config=_CLIENT_CONFIG))  # type: ignore[call-overload]  # the stubs have dropped it

    @property
    def endpoint(self) -> str:
        return str(self._client.meta.endpoint_url)

    def prepare(self, session: SessionRef, client_token: str) -> Progress:
        found = self._call("get_streaming_session", "session", **_keys(session))
        if found.get("state") != "STOPPED":
            return _session_progress(found)
        try:
            started = self._call("start_streaming_session", "session", clientToken=client_token, **_keys(session))
        except self._client.exceptions.ConflictException:
            # Somebody else started it between our two calls; the next look tells how far it is.
            return Progress(Status.PENDING, state=found["state"], status_code=found.get("statusCode"))
        return _session_progress(started, session_started=True)

    def create(self, session: SessionRef, expiration_seconds: int, client_token: str) -> Progress:
        stream = self._call(
            "create_streaming_session_stream",
            "stream",
            clientToken=client_token,
            expirationInSeconds=expiration_seconds,
            **_keys(session),
        )
        if not stream.get("streamId"):
            raise MalformedAnswer(f"{self.endpoint} made a stream and did not name it")
        return _stream_progress(stream)

    def describe(self, session: SessionRef, stream_id: str) -> Progress:
        return _stream_progress(self._get_stream(session, stream_id))

    def connect(self, session: SessionRef, stream_id: str, expiration_seconds: int) -> Connection:
        asked_at = self._clock()
        stream = self._get_stream(session, stream_id)
        if _stream_progress(stream).status is not Status.READY:
            raise StreamNotReady(f"Stream {stream_id} is {stream.get('state')} and has no URL")
        # The model makes `expiresAt` optional; the time that we asked for, counted from before the call, is never late.
        expires_at = stream.get("expiresAt") or asked_at + timedelta(seconds=expiration_seconds)
        return Connection(stream["url"], expires_at)

    def release(self, session: SessionRef, *, session_started: bool) -> None:
        # Nimble Studio cannot delete a stream: it ends with its expiry, or with its session.
        if not session_started:
            return
        try:
            self._call("stop_streaming_session", "session", **_keys(session))
        except self._client.exceptions.ConflictException:
            # It cannot be stopped now: because it stops already, or because it is still starting; then try again.
            if self._call("get_streaming_session", "session", **_keys(session))["state"] not in _STOPS_ALREADY:
                raise

    def _get_stream(self, session: SessionRef, stream_id: str) -> Mapping[str, Any]:
        return self._call("get_streaming_session_stream", "stream", streamId=stream_id, **_keys(session))

    def _call(self, operation: str, member: str, **parameters: Any) -> Mapping[str, Any]:
        with _translated_errors(self.endpoint):
            answer = getattr(self._client, operation)(**parameters).get(member)
        # botocore reads a body that is no JSON as an empty answer.
        if not isinstance(answer, Mapping) or not answer.get("state"):
            raise MalformedAnswer(f"{self.endpoint} answered {operation} with something that is not a {member}")
        return answer


@contextmanager
def _translated_errors(endpoint: str) -> Iterator[None]:
    """Name errors as the port promises. `from None`: what botocore chains may quote the answer, and its URL."""
    try:
        yield
    except ClientError as error:
        raise _name_client_error(error) from None
    except (HTTPClientError, ConnectionError) as error:
        raise EndpointUnreachable(f"{endpoint} did not answer ({type(error).__name__})") from None
    except (AttributeError, LookupError, TypeError, ValueError):
        # What botocore's parser raises for an answer that is JSON but not the protocol, or neither.
        raise MalformedAnswer(f"{endpoint} gave an answer that could not be read") from None


def _name_client_error(error: ClientError) -> Exception:
    details = error.response.get("Error", {})
    details["Message"] = _URL.sub("<url>", str(details.get("Message") or ""))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    named = type(error)(error.response, error.operation_name)
    if status == 429:
        return ThrottlingException(str(named))
    if status >= 500:
        return InternalServerErrorException(str(named))
    return named


def _keys(session: SessionRef) -> dict[str, str]:
    return {"studioId": session.studio_id, "sessionId": session.session_id}


def _session_progress(session: Mapping[str, Any], *, session_started: bool = False) -> Progress:
    return Progress(
        _SESSION_STATUS.get(session["state"], Status.PENDING),
        state=session["state"],
        status_code=session.get("statusCode"),
        detail=session.get("statusMessage"),
        session_started=session_started,
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
        answer={key: _text(value) for key, value in stream.items() if key != "url"},
    )


def _text(value: Any) -> str:
    return to_iso(value) if isinstance(value, datetime) else str(value)
