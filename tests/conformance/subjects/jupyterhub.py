"""A real JupyterHub, behind a proxy that breaks calls."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any, ClassVar

import time_machine
import urllib3

from local.jupyterhub import JupyterHub
from tests.conformance.deployment import PutSecret
from tests.conformance.execution import Execution, Pause
from tests.conformance.faulty_proxy import Break, FaultyProxy, faulty_proxy
from tests.conformance.subject import Scene, Subject

# Ada's server runs all the time, and Bob's can be started. Clara's cannot: where her home should be, there is a file.
# Dan's never comes up: in his home there is a module by the name of the hub's own.
_ADA, _BOB, _CLARA, _DAN = _USERS = ("ada", "bob", "clara", "dan")
_NEVER_UP = "import time\ntime.sleep(3600)\n"
_START, _LOOK = r"POST /hub/api/users/\w+/server", r"GET /hub/api/users/\w+"
_STOPPED: Mapping[str, Any] = {"ready": False, "pending": None, "stopped": True}
_LONGEST_PAUSE = 0.1
_GIVE_UP_SECONDS, _GLANCE_SECONDS = 30, 0.05

Server = Mapping[str, Any]


def _as(pending: str) -> Callable[[Any], Any]:
    """Make an answer say that the user's servers are doing this, but for those that are stopped."""

    def edit(user: Any) -> Any:
        for server in user["servers"].values():
            if not server["stopped"]:
                server |= {"ready": False, "pending": pending}
        return user

    return edit


class Hub(Subject):
    """The hub runs two servers at once. `starting`: whose server starts already when a case begins, beside Ada's.

    The hub is real and has its own time: a pause of the flow takes a tenth of a second of it, and our clock is put on.
    """

    provider = "jupyterhub"
    request: ClassVar[Mapping[str, Any]] = {"user": _ADA}
    scenes: ClassVar[Mapping[str, Scene]] = {
        "ready at once": Scene(),
        "ready later": Scene(request={"user": _BOB}),
        "failed": Scene(request={"user": _CLARA}, words=("stopped",)),
        "no room yet": Scene(
            request={"user": _BOB}, setting={"starting": _DAN}, changes={3: {}}, words=("ActiveServerLimit",)
        ),
        "throttled at the create": Scene(setting={"breaks": [Break(_START, range(1, 9), status=429)]}),
        "throttled at a look": Scene(setting={"breaks": [Break(_LOOK, range(1, 9), status=429)]}),
        "answer of the create lost": Scene(
            request={"user": _BOB}, setting={"breaks": [Break(_START, range(1, 2), lost=True)]}
        ),
        "connect before ready": Scene(setting={"breaks": [Break(_LOOK, range(3, 6), edit=_as("spawn"))]}),
        "expiry": Scene(request={"expirationInSeconds": 600}, seconds=600),
        "release": Scene(request={"user": _DAN}),
        "release of what is gone": Scene(request={"user": _DAN}),
        "unknown state": Scene(setting={"breaks": [Break(_LOOK, edit=_as("hibernate"))]}, words=("hibernate",)),
        "endpoint unreachable": Scene(setting={"breaks": [Break(".*", cut=True)]}),
        "credentials refused": Scene(
            # The hub has forgotten the token that is kept, and the new one in the secret may do less.
            setting={"narrow": True, "breaks": [Break(".*", range(1, 2), status=401)]},
            words=("must be that of a service of the hub which has the scopes servers and tokens",),
        ),
    }
    _hub: JupyterHub
    _proxy: FaultyProxy
    _put_secret: PutSecret
    _narrow = ""

    @contextmanager
    def running(self) -> Iterator[None]:
        with tempfile.TemporaryDirectory() as home:
            users = Path(home) / "users"
            (users / _DAN).mkdir(parents=True)
            (users / _DAN / "jupyterhub.py").write_text(_NEVER_UP)
            (users / _CLARA).touch()
            self._hub = JupyterHub(Path(home), users=_USERS, active_servers=2)
            with self._hub, faulty_proxy(self._hub.url) as self._proxy:
                self.url = self._proxy.url
                self._start(_ADA)
                self._await(_ADA, lambda server: bool(server["ready"]))
                yield

    def variables(self, put_secret: PutSecret) -> Mapping[str, str]:
        self._put_secret = put_secret
        return {"JUPYTERHUB_URL": self.url, "JUPYTERHUB_SECRET_ARN": put_secret({"token": self._hub.token})}

    @contextmanager
    def time(self) -> Iterator[Pause]:
        self._put_secret({"token": self._hub.token})
        self._proxy.forget()
        for user in _USERS:
            for token in self._tokens(user):
                self._call("DELETE", f"/users/{user}/tokens/{token['id']}")
        with time_machine.travel(datetime.now(UTC), tick=True) as clock:

            def pause(_state: str, seconds: float) -> None:
                slept = min(seconds, _LONGEST_PAUSE)
                time.sleep(slept)
                clock.shift(seconds - slept)

            yield pause

    def arrange(self, setting: Mapping[str, Any]) -> None:
        for user in _USERS:
            if user != _ADA and _runs(self._server(user)):
                self._stop(user)
        if "starting" in setting:
            self._start(setting["starting"])
        if "narrow" in setting:
            scopes = {"scopes": [f"read:users:name!user={_ADA}"], "note": "narrow"}
            self._narrow = self._call("POST", f"/users/{_ADA}/tokens", scopes)["token"]
            self._put_secret({"token": self._narrow})
        self._proxy.plan(setting.get("breaks", ()))

    def made(self) -> int:
        """The servers that were asked for, and either start or run already, or the tokens for them."""
        posts = [call for call in self._proxy.passed if call.line.startswith("POST")]
        servers = {call.line for call in posts if call.line.endswith("/server") and call.status in {201, 202, 400}}
        tokens = [call for call in posts if call.line.endswith("/tokens") and call.status == HTTPStatus.CREATED]
        return max(len(servers), len(tokens))

    def held(self) -> int:
        """All but Ada's server, which was there before."""
        return len([user for user in _USERS if user != _ADA and (self._tokens(user) or _runs(self._server(user)))])

    def lose(self) -> None:
        self._stop(_DAN)

    def expiry(self, url: str, execution: Execution) -> datetime:  # noqa: ARG002  # the hub knows its tokens
        """To the second."""
        (token,) = self._tokens(_ADA)
        return datetime.fromisoformat(token["expires_at"]).replace(microsecond=0)

    def secrets(self) -> set[str]:
        return {self._hub.token, self._narrow} - {""}

    def _tokens(self, user: str) -> list[dict[str, Any]]:
        """Those that Greenroom made."""
        tokens: list[dict[str, Any]] = self._call("GET", f"/users/{user}/tokens")["api_tokens"]
        return [token for token in tokens if token["note"].startswith("Greenroom")]

    def _server(self, user: str) -> Server:
        server: Server = self._call("GET", f"/users/{user}?include_stopped_servers=1")["servers"].get("", _STOPPED)
        return server

    def _start(self, user: str) -> None:
        self._call("POST", f"/users/{user}/server")

    def _stop(self, user: str) -> None:
        """Also while it starts."""
        self._call("DELETE", f"/users/{user}/server")
        self._await(user, lambda server: not server["ready"] and not server["pending"])

    def _await(self, user: str, is_so: Callable[[Server], bool]) -> None:
        give_up = time.monotonic() + _GIVE_UP_SECONDS
        while not is_so(server := self._server(user)):
            assert time.monotonic() < give_up, server
            time.sleep(_GLANCE_SECONDS)

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        answer = urllib3.request(
            method,
            f"{self._hub.url}/hub/api{path}",
            headers={"authorization": f"token {self._hub.token}"},
            body=json.dumps(body or {}),
        )
        assert answer.status < 300, (method, path, answer.status, answer.data)
        return answer.json() if answer.data else None


def _runs(server: Server) -> bool:
    return bool(server["ready"] or server["pending"] == "spawn")
