"""The operations that are simulated, on all sessions and streams. Not thread safe: the caller holds the lock."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from local.simulator.errors import NimbleError
from local.simulator.sessions import Session
from local.simulator.settings import Behaviour
from local.simulator.streams import DEFAULT_EXPIRATION_SECONDS, Stream

Parameters = Mapping[str, Any]
Result = dict[str, dict[str, object]]


class Studio:
    """Every session exists, as if it had been set to nothing in particular, unless an id starts with `missing`."""

    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}
        self._streams: dict[str, Stream] = {}
        self._repeatable: dict[tuple[str, str], tuple[Parameters, str]] = {}
        self._operations = {
            "CreateStreamingSessionStream": self._create_stream,
            "GetStreamingSessionStream": self._get_stream,
            "GetStreamingSession": self._get_session,
            "StartStreamingSession": self._move_session,
            "StopStreamingSession": self._move_session,
            "DeleteStreamingSession": self._move_session,
        }

    def set(self, session_id: str, behaviour: Behaviour, now: datetime) -> None:
        """Put the session into its state. Streams that it has already do what is now set, from their own creation."""
        self._sessions[session_id] = Session.set(session_id, behaviour, now)

    def forget(self) -> None:
        self._sessions.clear()
        self._streams.clear()
        self._repeatable.clear()

    def simulates(self, operation: str) -> bool:
        return operation in self._operations

    def perform(self, operation: str, parameters: Parameters, now: datetime) -> Result:
        """Return the output of a simulated operation. `parameters` are valid by the model. Raises NimbleError."""
        for name in ("studioId", "sessionId", "streamId"):
            if parameters.get(name, "").startswith("missing"):
                raise _not_found(name, parameters[name])
        return self._operations[operation](operation, parameters, now)

    def url(self, stream_id: str | None) -> str | None:
        """Return the stream's URL, ready or not; for the fault that leaks it on purpose."""
        stream = self._streams.get(stream_id or "")
        return stream.url if stream else None

    def _create_stream(self, operation: str, parameters: Parameters, now: datetime) -> Result:
        session = self._session(parameters, now)
        stream_id = self._done_before(operation, parameters)
        if stream_id is None:
            if (state := session.state_at(now)) != "READY":
                raise NimbleError("ConflictException", f"the session is {state}, and a stream needs it READY")
            expiration = timedelta(seconds=parameters.get("expirationInSeconds", DEFAULT_EXPIRATION_SECONDS))
            stream = Stream(parameters["studioId"], session.session_id, now, expiration)
            stream_id = stream.stream_id
            self._streams[stream_id] = stream
            self._remember(operation, parameters, stream_id)
        return {"stream": self._streams[stream_id].view(session.behaviour, now)}

    def _get_stream(self, _operation: str, parameters: Parameters, now: datetime) -> Result:
        stream = self._streams.get(parameters["streamId"])
        if stream is None or (stream.studio_id, stream.session_id) != (parameters["studioId"], parameters["sessionId"]):
            raise _not_found("streamId", parameters["streamId"])
        return {"stream": stream.view(self._session(parameters, now).behaviour, now)}

    def _get_session(self, _operation: str, parameters: Parameters, now: datetime) -> Result:
        return {"session": self._session(parameters, now).view(parameters["studioId"], now)}

    def _move_session(self, operation: str, parameters: Parameters, now: datetime) -> Result:
        session = self._session(parameters, now)
        if self._done_before(operation, parameters) is None:
            session = session.move(operation, now)
            self._sessions[session.session_id] = session
            self._remember(operation, parameters, session.session_id)
        return {"session": session.view(parameters["studioId"], now)}

    def _session(self, parameters: Parameters, now: datetime) -> Session:
        session_id = parameters["sessionId"]
        return self._sessions.setdefault(session_id, Session.set(session_id, Behaviour(), now))

    def _done_before(self, operation: str, parameters: Parameters) -> str | None:
        """Return the id that an earlier call with this client token made. Raises ValidationException on other input."""
        done = self._repeatable.get((operation, parameters.get("clientToken", "")))
        if done is None:
            return None
        first, made = done
        if first != parameters:
            raise NimbleError("ValidationException", "this client token was used before, with other parameters")
        return made

    def _remember(self, operation: str, parameters: Parameters, made: str) -> None:
        if token := parameters.get("clientToken"):
            self._repeatable[operation, token] = (parameters, made)


def _not_found(name: str, value: str) -> NimbleError:
    return NimbleError("ResourceNotFoundException", f"there is no {name} {value}", {name: value})
