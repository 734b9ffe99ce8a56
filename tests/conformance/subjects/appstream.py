"""WorkSpaces Applications (AppStream 2.0), simulated."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from tests.conformance.execution import Execution
from tests.conformance.faulty_proxy import Break
from tests.conformance.subject import Scene, SimulatedSubject, fault, throttled
from tests.statemachine.emulator import client

_LOOK, _START, _CONNECT = "DescribeFleets", "StartFleet", "CreateStreamingURL"
_STARTED: Mapping[str, Any] = {"startFleet": True}
_NO_CREATE = "no call creates a stream"
_START_LOST = Scene(
    request=_STARTED,
    setting={"sessionState": "STOPPED", "faults": [fault(_START, "LostResponse", 1)]},
    note=f"{_NO_CREATE}; the answer of StartFleet is lost, and the fleet is started once",
)


class AppStream(SimulatedSubject):
    """A release stops the fleet, if Greenroom started it: no call takes a streaming URL back."""

    provider, key, endpoint_variable = "appstream", "fleet", "AWS_ENDPOINT_URL_APPSTREAM"
    # All calls have one path. The first is a look.
    start = Break("POST /", range(2, 3))
    request: ClassVar[Mapping[str, Any]] = {"stackName": "stack", "fleetName": key, "userId": "ada"}
    scenes: ClassVar[Mapping[str, Scene]] = {
        "ready at once": Scene(setting={"readyAfterSeconds": 0}),
        "ready later": Scene(request=_STARTED, setting={"sessionState": "STOPPED", "readyAfterSeconds": 30}),
        "failed": Scene(setting={"sessionState": "STARTING", "finalState": "STOPPED"}, words=("FleetStopped",)),
        "no room yet": Scene(
            setting={"readyAfterSeconds": 0, "available": 0},
            changes={4: {"readyAfterSeconds": 0}},
            words=("no place free",),
        ),
        "throttled at the create": Scene(
            request=_STARTED,
            setting={"sessionState": "STOPPED", "faults": [*throttled(_START), *throttled(_CONNECT)]},
            note=f"{_NO_CREATE}; StartFleet and CreateStreamingURL are throttled",
        ),
        "throttled at a look": Scene(setting={"faults": throttled(_LOOK)}),
        "answer of the create lost": _START_LOST,
        "away while it is waited for": Scene(
            request=_STARTED, setting={"sessionState": "STOPPED", "readyAfterSeconds": 30}
        ),
        "away during the create": _START_LOST,
        "connect before ready": Scene(
            # It has to wait once, or nothing could happen between the last look and the URL.
            setting={"faults": [fault(_CONNECT, "ThrottlingException", 1)]},
            changes={3: {"sessionState": "STARTING"}},
            note="the fleet restarts after the last look, and gives a URL once it runs again",
        ),
        "expiry": Scene(request={"expirationInSeconds": 300}, seconds=300),
        "release": Scene(request=_STARTED, setting={"sessionState": "STOPPED", "readyAfterSeconds": None}),
        "release of what is gone": Scene(
            request=_STARTED, setting={"sessionState": "STOPPED", "readyAfterSeconds": None}
        ),
        "ended while the create is in flight": Scene(
            request=_STARTED,
            setting={"sessionState": "STOPPED"},
            note=f"{_NO_CREATE}; StartFleet is in flight",
        ),
        "unknown state": Scene(setting={"sessionState": "DREAMING"}, words=("DREAMING",)),
        "endpoint unreachable": Scene(setting={"faults": [fault(_LOOK, "ConnectionReset")]}),
        "credentials refused": Scene(
            setting={"faults": [fault(_LOOK, "AccessDeniedException")]}, words=("AccessDeniedException",)
        ),
    }

    def made(self) -> int:
        """The fleets that were started, or the URLs that were given: one of each makes one stream."""
        started = [call for call in self.calls(_START) if call["status"] in {200, None}]
        given = [call for call in self.calls(_CONNECT) if call["status"] == 200]
        return max(len(started), len(given))

    def held(self) -> int:
        (fleet,) = self._client.describe_fleets(Names=[self.key])["Fleets"]
        return int(fleet["State"] not in {"STOPPING", "STOPPED"})

    def lose(self) -> None:
        self._client.stop_fleet(Name=self.key)
        self.clock.shift(5)  # until it is STOPPED

    def expiry(self, url: str, execution: Execution) -> datetime:  # noqa: ARG002  # nobody can ask for it again
        """So many seconds after the call, as the service does it."""
        return execution.of("GetStream")[-1].begun + timedelta(seconds=300)

    @property
    def _client(self) -> Any:
        return client("appstream", self.url)
