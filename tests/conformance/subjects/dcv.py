"""A simulated broker of Amazon DCV's Session Manager, which wants a token."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import urllib3

from greenroom.providers.dcv.settings import DcvSettings
from local.simulator.dcv import CLIENT_ID, CLIENT_SECRET
from tests.conformance.deployment import PutSecret
from tests.conformance.execution import Execution, Pause
from tests.conformance.faulty_proxy import Break
from tests.conformance.subject import Scene, SimulatedSubject, fault, throttled

_CREATE, _LOOK = "createSessions", "describeSessions"
_TERMINATED = "The host was terminated"
_GOOD = {"clientId": CLIENT_ID, "clientSecret": CLIENT_SECRET}
_BAD = {"clientId": CLIENT_ID, "clientSecret": "of-last-year"}
# The broker's list has the session that was made some time after it was.
_LOST_AND_LATE = Scene(setting={"listedAfterSeconds": 20, "faults": [fault(_CREATE, "LostResponse", 1)]})


class Dcv(SimulatedSubject):
    provider, key, start = "dcv", "ada", Break("POST /createSessions", range(1, 2))
    request: ClassVar[Mapping[str, Any]] = {"owner": key}
    scenes: ClassVar[Mapping[str, Scene]] = {
        "ready at once": Scene(setting={"readyAfterSeconds": 0}),
        "ready later": Scene(setting={"readyAfterSeconds": 30}),
        "failed": Scene(
            setting={"readyAfterSeconds": 90, "finalState": "DELETED", "stateReason": _TERMINATED}, words=(_TERMINATED,)
        ),
        "no room yet": Scene(setting={"serverAfterSeconds": 30}, words=("no dcv server found for placement",)),
        "throttled at the create": Scene(setting={"faults": throttled(_CREATE)}),
        # The first look is for a session that an earlier attempt may have made.
        "throttled at a look": Scene(setting={"faults": throttled(_LOOK, after=1)}),
        "answer of the create lost": _LOST_AND_LATE,
        "away while it is waited for": Scene(setting={"readyAfterSeconds": 30}),
        "away during the create": _LOST_AND_LATE,
        "connect before ready": Scene(setting={"url": False}, changes={5: {}}),
        "expiry": Scene(setting={"connectionTokenSeconds": 1200}, seconds=1200),
        "release": Scene(setting={"readyAfterSeconds": None}),
        "release of what is gone": Scene(setting={"readyAfterSeconds": None}),
        "ended while the create is in flight": Scene(setting={"readyAfterSeconds": 0}),
        "unknown state": Scene(setting={"sessionState": "DREAMING"}, words=("DREAMING",)),
        "endpoint unreachable": Scene(setting={"faults": [fault(_LOOK, "ConnectionReset")]}),
        "credentials refused": Scene(setting={"secret": _BAD}, words=("clientSecret in the secret",)),
    }
    _put_secret: PutSecret

    def variables(self, put_secret: PutSecret) -> Mapping[str, str]:
        self._put_secret = put_secret
        settings = DcvSettings(dcv_broker_url=self.url, dcv_token_url=f"{self.url}/oauth2/token")
        return settings.variables() | {"DCV_SECRET_ARN": put_secret(_GOOD)}

    @contextmanager
    def time(self) -> Iterator[Pause]:
        self._put_secret(_GOOD)
        with super().time() as pause:
            yield pause

    def arrange(self, setting: Mapping[str, Any]) -> None:
        if "secret" in setting:
            self._put_secret(setting["secret"])
        super().arrange({name: value for name, value in setting.items() if name != "secret"})

    def made(self) -> int:
        return len({call["streamId"] for call in self.calls(_CREATE)} - {None})

    def held(self) -> int:
        return len(self._sessions())

    def lose(self) -> None:
        deleted = [{"SessionId": session["Id"], "Owner": self.key} for session in self._sessions()]
        self._call("/deleteSessions", deleted)
        self.clock.shift(5)  # until it is no more than remembered

    def expiry(self, url: str, execution: Execution) -> datetime:  # noqa: ARG002  # it is in the URL's token
        (token,) = parse_qs(urlsplit(url).query)["authToken"]
        claims = json.loads(urlsafe_b64decode(token.split(".")[1] + "=="))
        return datetime.fromtimestamp(claims["exp"], UTC)

    def secrets(self) -> set[str]:
        return {CLIENT_SECRET, _BAD["clientSecret"]}

    def _sessions(self) -> list[dict[str, Any]]:
        found = self._call("/describeSessions", {"Filters": [{"Key": "owner", "Value": self.key}]})["Sessions"]
        return [session for session in found if session["State"] not in {"DELETING", "DELETED"}]

    def _call(self, path: str, body: Any) -> Any:
        basic = urllib3.make_headers(basic_auth=f"{CLIENT_ID}:{CLIENT_SECRET}")
        form = basic | {"content-type": "application/x-www-form-urlencoded"}
        asked = urllib3.request("POST", f"{self.url}/oauth2/token?grant_type=client_credentials", headers=form)
        bearer = {"authorization": f"Bearer {asked.json()['access_token']}"}
        answer = urllib3.request("POST", self.url + path, json=body, headers=bearer)
        assert answer.status == 200, answer.status
        return answer.json()
