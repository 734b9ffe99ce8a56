"""The simulated Nimble Studio: its operations, on all sessions and streams.

The protocol is botocore's own service model `nimble` 2020-08-01.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial

from local.simulator.aws.errors import ServiceError
from local.simulator.aws.protocol import Parameters
from local.simulator.aws.rest_json import RestJson
from local.simulator.aws.service import AwsService, Done, Perform, text
from local.simulator.nimble.behaviour import NimbleBehaviour
from local.simulator.nimble.sessions import Session
from local.simulator.nimble.streams import DEFAULT_EXPIRATION_SECONDS, Stream

_MOVES = ("StartStreamingSession", "StopStreamingSession", "DeleteStreamingSession")


def make() -> NimbleStudio:
    return NimbleStudio()


class NimbleStudio(AwsService[NimbleBehaviour]):
    """Every session exists, as if it had been set to nothing in particular, unless an id starts with `missing`."""

    behaviour = NimbleBehaviour

    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}
        self._streams: dict[str, Stream] = {}
        self._repeatable: dict[tuple[str, str], tuple[Parameters, str]] = {}
        operations: dict[str, Perform] = {
            "CreateStreamingSessionStream": self._create_stream,
            "GetStreamingSessionStream": self._get_stream,
            "GetStreamingSession": self._get_session,
        }
        operations |= {operation: partial(self._move_session, operation) for operation in _MOVES}
        super().__init__(RestJson("nimble"), operations)

    def subject(self, members: Mapping[str, object]) -> tuple[str | None, str | None]:
        return text(members, "sessionId"), text(members, "streamId")

    def set(self, key: str, behaviour: NimbleBehaviour, now: datetime) -> None:
        """Put the session into its state. Streams that it has already do what is now set, from their own creation."""
        self._sessions[key] = Session.set(key, behaviour, now)

    def forget(self) -> None:
        self._sessions.clear()
        self._streams.clear()
        self._repeatable.clear()

    def _create_stream(self, parameters: Parameters, now: datetime) -> Done:
        session, operation = self._session(parameters, now), "CreateStreamingSessionStream"
        stream_id = self._done_before(operation, parameters)
        if stream_id is None:
            if (state := session.state_at(now)) != "READY":
                raise ServiceError("ConflictException", f"the session is {state}, and a stream needs it READY")
            expiration = timedelta(seconds=parameters.get("expirationInSeconds", DEFAULT_EXPIRATION_SECONDS))
            stream = Stream(parameters["studioId"], session.session_id, now, expiration)
            stream_id = stream.stream_id
            self._streams[stream_id] = stream
            self._remember(operation, parameters, stream_id)
        return _seen(self._streams[stream_id], session, now)

    def _get_stream(self, parameters: Parameters, now: datetime) -> Done:
        session = self._session(parameters, now)
        stream = self._streams.get(parameters["streamId"])
        if stream is None or (stream.studio_id, stream.session_id) != (parameters["studioId"], parameters["sessionId"]):
            raise _not_found("streamId", parameters["streamId"])
        return _seen(stream, session, now)

    def _get_session(self, parameters: Parameters, now: datetime) -> Done:
        return Done({"session": self._session(parameters, now).view(parameters["studioId"], now)})

    def _move_session(self, operation: str, parameters: Parameters, now: datetime) -> Done:
        session = self._session(parameters, now)
        if self._done_before(operation, parameters) is None:
            session = session.move(operation, now)
            self._sessions[session.session_id] = session
            self._remember(operation, parameters, session.session_id)
        return Done({"session": session.view(parameters["studioId"], now)})

    def _session(self, parameters: Parameters, now: datetime) -> Session:
        """Find the session that a call is about. Raises ResourceNotFoundException for any id that is missing."""
        for name in ("studioId", "sessionId", "streamId"):
            if parameters.get(name, "").startswith("missing"):
                raise _not_found(name, parameters[name])
        session_id = parameters["sessionId"]
        return self._sessions.setdefault(session_id, Session.set(session_id, NimbleBehaviour(), now))

    def _done_before(self, operation: str, parameters: Parameters) -> str | None:
        """Return the id that an earlier call with this client token made. Raises ValidationException on other input."""
        done = self._repeatable.get((operation, parameters.get("clientToken", "")))
        if done is None:
            return None
        first, made = done
        if first != parameters:
            raise ServiceError("ValidationException", "this client token was used before, with other parameters")
        return made

    def _remember(self, operation: str, parameters: Parameters, made: str) -> None:
        if token := parameters.get("clientToken"):
            self._repeatable[operation, token] = (parameters, made)


def _seen(stream: Stream, session: Session, now: datetime) -> Done:
    return Done({"stream": stream.view(session.behaviour, now)}, stream.stream_id, stream.url)


def _not_found(name: str, value: str) -> ServiceError:
    return ServiceError("ResourceNotFoundException", f"there is no {name} {value}", context={name: value})
