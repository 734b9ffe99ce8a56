"""A real JupyterHub for the suite: a few users, each with a server that behaves in its own way, and its API."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import urllib3

from local.jupyterhub import JupyterHub

# Ada's server runs all the time, and Bob's can be started. Clara's cannot: where her home should be, there is a file.
# Dan's never comes up: in his home there is a module by the name of the hub's own.
ADA, BOB, CLARA, DAN = USERS = ("ada", "bob", "clara", "dan")
_NEVER_UP = "import time\ntime.sleep(3600)\n"
_STOPPED: Mapping[str, Any] = {"ready": False, "pending": None, "stopped": True}
_GIVE_UP_SECONDS, _GLANCE_SECONDS = 60, 0.05

Server = Mapping[str, Any]


class Hub:
    """The hub as its own service sees it. It runs two servers at once."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self.token = token

    def call(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"authorization": f"token {self.token}"}
        answer = urllib3.request(method, f"{self.url}/hub/api{path}", headers=headers, body=json.dumps(body or {}))
        assert answer.status < 300, (method, path, answer.status, answer.data)
        return answer.json() if answer.data else None

    def server(self, user: str) -> Server:
        server: Server = self.call("GET", f"/users/{user}?include_stopped_servers=1")["servers"].get("", _STOPPED)
        return server

    def runs(self, user: str) -> bool:
        """Also while it starts."""
        server = self.server(user)
        return bool(server["ready"] or server["pending"] == "spawn")

    def start(self, user: str) -> None:
        self.call("POST", f"/users/{user}/server")

    def wait_until_ready(self, user: str) -> None:
        self._wait(user, lambda server: bool(server["ready"]))

    def stop(self, user: str) -> None:
        """Also while it starts. Returns when it is stopped."""
        self.call("DELETE", f"/users/{user}/server")
        self._wait(user, lambda server: not server["ready"] and not server["pending"])

    def tokens(self, user: str) -> list[dict[str, Any]]:
        """Those that Greenroom made."""
        tokens: list[dict[str, Any]] = self.call("GET", f"/users/{user}/tokens")["api_tokens"]
        return [token for token in tokens if token["note"].startswith("Greenroom")]

    def revoke_tokens(self) -> None:
        for user in USERS:
            for token in self.tokens(user):
                self.call("DELETE", f"/users/{user}/tokens/{token['id']}")

    def narrow_token(self) -> str:
        """Make a token that may do less than Greenroom needs."""
        wanted = {"scopes": [f"read:users:name!user={ADA}"], "note": "narrow"}
        return str(self.call("POST", f"/users/{ADA}/tokens", wanted)["token"])

    def _wait(self, user: str, is_so: Callable[[Server], bool]) -> None:
        give_up = time.monotonic() + _GIVE_UP_SECONDS
        while not is_so(server := self.server(user)):
            assert time.monotonic() < give_up, server
            time.sleep(_GLANCE_SECONDS)


@contextmanager
def running_hub() -> Iterator[Hub]:
    """Run it until the block ends. Ada's server starts."""
    with tempfile.TemporaryDirectory() as home:
        users = Path(home) / "users"
        (users / DAN).mkdir(parents=True)
        (users / DAN / "jupyterhub.py").write_text(_NEVER_UP)
        (users / CLARA).touch()
        with JupyterHub(Path(home), users=USERS, active_servers=2) as started:
            hub = Hub(started.url, started.token)
            hub.start(ADA)
            yield hub
