"""Nimble Studio, simulated."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from tests.conformance.execution import Execution
from tests.conformance.faulty_proxy import Break
from tests.conformance.subject import Scene, SimulatedSubject, fault, throttled
from tests.statemachine.emulator import client

_CREATE, _LOOK = "CreateStreamingSessionStream", "GetStreamingSessionStream"
_ENDING = {"STOP_IN_PROGRESS", "STOPPED", "DELETE_IN_PROGRESS", "DELETED"}


class Nimble(SimulatedSubject):
    """A release stops the session, if Greenroom started it: the service has no call that ends a stream."""

    provider, key, endpoint_variable = "nimble", "session", "AWS_ENDPOINT_URL_NIMBLE"
    start = Break("POST .*/streaming-sessions/session/start", range(1, 2))
    request: ClassVar[Mapping[str, Any]] = {"studioId": "studio", "sessionId": key}
    scenes: ClassVar[Mapping[str, Scene]] = {
        "ready at once": Scene(setting={"readyAfterSeconds": 0}),
        "ready later": Scene(setting={"readyAfterSeconds": 30}),
        "failed": Scene(
            setting={"finalState": "CREATE_FAILED", "statusCode": "NETWORK_CONNECTION_ERROR"},
            words=("NETWORK_CONNECTION_ERROR",),
        ),
        "no room yet": Scene(
            setting={"sessionState": "START_FAILED", "sessionStatusCode": "INSUFFICIENT_CAPACITY"},
            words=("INSUFFICIENT_CAPACITY",),
            is_final=True,
            note="a session without room is START_FAILED for good; the outcome says INSUFFICIENT_CAPACITY",
        ),
        "throttled at the create": Scene(setting={"faults": throttled(_CREATE)}),
        "throttled at a look": Scene(setting={"faults": throttled(_LOOK)}),
        "answer of the create lost": Scene(setting={"faults": [fault(_CREATE, "LostResponse", 1)]}),
        "away while it is waited for": Scene(setting={"readyAfterSeconds": 30}),
        "away during the create": Scene(setting={"faults": [fault(_CREATE, "LostResponse", 1)]}),
        "connect before ready": Scene(setting={"url": False}, changes={5: {}}),
        "expiry": Scene(request={"expirationInSeconds": 600}, seconds=600),
        "release": Scene(setting={"sessionState": "STOPPED", "readyAfterSeconds": None}),
        "release of what is gone": Scene(setting={"sessionState": "STOPPED", "readyAfterSeconds": None}),
        "ended while the create is in flight": Scene(
            setting={"sessionState": "STOPPED"}, note="no call lets go a stream; the call in flight starts the session"
        ),
        "unknown state": Scene(setting={"finalState": "DREAMING"}, words=("DREAMING",)),
        "endpoint unreachable": Scene(setting={"faults": [fault("GetStreamingSession", "ConnectionReset")]}),
        "credentials refused": Scene(
            setting={"faults": [fault("GetStreamingSession", "AccessDeniedException")]},
            words=("AccessDeniedException",),
        ),
    }

    def made(self) -> int:
        return len({call["streamId"] for call in self.calls(_CREATE)} - {None})

    def held(self) -> int:
        session = self._client.get_streaming_session(studioId="studio", sessionId=self.key)["session"]
        return int(session["state"] not in _ENDING)

    def lose(self) -> None:
        self._client.delete_streaming_session(studioId="studio", sessionId=self.key)

    def expiry(self, url: str, execution: Execution) -> datetime:  # noqa: ARG002  # the service tells it by the stream
        (stream_id,) = {call["streamId"] for call in self.calls(_CREATE)}
        found = self._client.get_streaming_session_stream(studioId="studio", sessionId=self.key, streamId=stream_id)
        expires_at: datetime = found["stream"]["expiresAt"]
        return expires_at

    @property
    def _client(self) -> Any:
        return client("nimble", self.url)
