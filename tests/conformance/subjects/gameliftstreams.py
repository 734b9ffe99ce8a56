"""GameLift Streams, simulated."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from tests.conformance.execution import Execution
from tests.conformance.faulty_proxy import Break
from tests.conformance.subject import Scene, SimulatedSubject, fault, throttled
from tests.statemachine.emulator import client

_GROUP, _CREATE, _LOOK = "GetStreamGroup", "CreateStreamUrl", "GetStreamUrl"
_QUOTA = 5
_OUR_TOKEN = 64

_NEVER_OPEN = Scene(
    setting={"urlState": "DREAMING"}, is_final=True, note="the URL is not ACTIVE any more when it is fetched"
)
_URL_LOST = Scene(setting={"readyAfterSeconds": 0, "faults": [fault(_CREATE, "LostResponse", 1)]})


class GameLiftStreams(SimulatedSubject):
    """A stream is a URL; a release revokes it. `taken`: how many URLs others have of the group."""

    provider, key, endpoint_variable = "gameliftstreams", "sg-1AB2C3De4", "AWS_ENDPOINT_URL_GAMELIFTSTREAMS"
    start = Break("POST /streamgroups/.*/streamurls", range(1, 2))
    request: ClassVar[Mapping[str, Any]] = {"streamGroupId": key, "applicationId": "a-9ZY8X7Wv6"}
    scenes: ClassVar[Mapping[str, Scene]] = {
        "ready at once": Scene(setting={"readyAfterSeconds": 0}),
        "ready later": Scene(setting={"sessionState": "ACTIVATING", "readyAfterSeconds": 30}),
        "failed": Scene(setting={"sessionState": "ACTIVATING", "finalState": "ERROR"}, words=("ERROR",)),
        # First nobody is free to stream, and then all URLs are taken.
        "no room yet": Scene(
            setting={"idleCapacity": 0, "taken": _QUOTA},
            changes={3: {"readyAfterSeconds": 0}, 6: {"taken": 0}},
            words=("at capacity", "ServiceQuotaExceededException"),
        ),
        "throttled at the create": Scene(setting={"faults": throttled(_CREATE)}),
        "throttled at a look": Scene(setting={"faults": [*throttled(_GROUP), *throttled(_LOOK)]}),
        "answer of the create lost": _URL_LOST,
        "away while it is waited for": Scene(setting={"sessionState": "ACTIVATING", "readyAfterSeconds": 30}),
        "away during the create": _URL_LOST,
        "connect before ready": Scene(setting={"url": False}, changes={5: {}}),
        "expiry": Scene(request={"expirationInSeconds": 600}, seconds=600),
        "release": _NEVER_OPEN,
        "release of what is gone": _NEVER_OPEN,
        "ended while the create is in flight": Scene(setting={"readyAfterSeconds": 0}),
        "unknown state": Scene(setting={"sessionState": "DREAMING"}, words=("DREAMING",)),
        "endpoint unreachable": Scene(setting={"faults": [fault(_GROUP, "ConnectionReset")]}),
        "credentials refused": Scene(
            setting={"faults": [fault(_GROUP, "AccessDeniedException")]}, words=("AccessDeniedException",)
        ),
    }

    def arrange(self, setting: Mapping[str, Any]) -> None:
        super().arrange({name: value for name, value in setting.items() if name != "taken"})
        for _ in range(setting.get("taken", 0)):
            self._client.create_stream_url(
                Identifier=self.key,
                ApplicationIdentifier=self.request["applicationId"],
                Locations=["us-west-2"],
                Protocol="WebRTC",
                UrlExpiresAfterMinutes=60,
            )
        if setting.get("taken") == 0:
            for url in self._urls():
                self._client.revoke_stream_url(Identifier=self.key, StreamUrlIdentifier=url["StreamUrlId"])

    def made(self) -> int:
        """The client's own tokens are shorter."""
        ours = [call for call in self.calls(_CREATE) if len(call["clientToken"] or "") == _OUR_TOKEN]
        return len({call["streamId"] for call in ours} - {None})

    def held(self) -> int:
        return len([url for url in self._urls() if url["Status"] not in {"EXPIRED", "REVOKED"}])

    def lose(self) -> None:
        self.control.forget()

    def expiry(self, url: str, execution: Execution) -> datetime:  # noqa: ARG002  # the service knows its URLs
        (found,) = self._urls()
        expires_at: datetime = found["ExpiresAt"]
        return expires_at

    def _urls(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._client.list_stream_urls(StreamGroupIdentifier=self.key)["Items"]
        return found

    @property
    def _client(self) -> Any:
        return client("gameliftstreams", self.url)
