"""The real JupyterHub, as tests see it beside the plug: its own API, with the token of its service."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import urllib3

from local.jupyterhub import JupyterHub

# A name of which every second character must be encoded, and a user whose servers cannot start.
ODD_USER = "émile+o'neil@example.org"
BROKEN_USER = "broken"
USERS = ("demo", "ada", BROKEN_USER, ODD_USER)

GIVE_UP_SECONDS = 120


class HubControl:
    """Calls of the hub's API behind the plug's back."""

    def __init__(self, hub: JupyterHub) -> None:
        self.url = hub.url
        self.home = hub.home
        self.token = hub.token
        self._http = urllib3.PoolManager(retries=False)

    def call(self, method: str, path: str, body: Any = None, token: str | None = None) -> tuple[int, Any]:
        """Status and parsed body. A path such as `/users/demo`."""
        headers = {"authorization": f"token {token or self.token}"}
        answer = self._http.request(method, f"{self.url}/hub/api{path}", json=body, headers=headers)
        return answer.status, answer.json() if answer.data else None

    def server(self, user: str, name: str = "") -> dict[str, Any] | None:
        """The server as the hub tells it, in whatever state; None if there is none."""
        _, found = self.call("GET", f"{_user(user)}?include_stopped_servers=1")
        server: dict[str, Any] | None = found["servers"].get(name)
        return server

    def running(self, user: str) -> list[str]:
        """The names of the servers that run or start."""
        return list(self.call("GET", _user(user))[1]["servers"])

    def tokens(self, user: str) -> list[dict[str, Any]]:
        tokens: list[dict[str, Any]] = self.call("GET", f"{_user(user)}/tokens")[1]["api_tokens"]
        return tokens

    def make_token(self, user: str, *scopes: str) -> str:
        """A token of the user's with these scopes."""
        _, made = self.call("POST", f"{_user(user)}/tokens", {"scopes": scopes, "note": "A test's", "expires_in": 600})
        return str(made["token"])

    def start(self, user: str, name: str = "") -> None:
        """Start a server, if it does not run, and wait until it is ready."""
        self.call("POST", _server(user, name))
        until(lambda: (self.server(user, name) or {})["ready"])

    def stop(self, user: str, name: str = "") -> None:
        self.call("DELETE", _server(user, name))
        until(lambda: (self.server(user, name) or {"stopped": True})["stopped"])


@contextmanager
def running_hub(home: Path, *, active_servers: int = 0) -> Iterator[HubControl]:
    """Run a hub until the block ends."""
    with JupyterHub(home, users=USERS, active_servers=active_servers) as hub:
        (home / "users").mkdir()
        (home / "users" / BROKEN_USER).write_text("Here a home cannot be made.")
        yield HubControl(hub)


def until(condition: Callable[[], Any]) -> None:
    """Look again and again until it is so."""
    give_up = time.monotonic() + GIVE_UP_SECONDS
    while not condition():
        assert time.monotonic() < give_up
        time.sleep(0.1)


def _user(user: str) -> str:
    return f"/users/{quote(user, safe='')}"


def _server(user: str, name: str) -> str:
    return f"{_user(user)}/servers/{quote(name, safe='')}" if name else f"{_user(user)}/server"
