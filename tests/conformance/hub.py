"""A real JupyterHub for the suite: a few users, each with a server that behaves in its own way."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.jupyterhub import JupyterHub
from tests.support.hub import HubControl, until

# Ada's server runs all the time, and Bob's can be started. Clara's cannot: where her home should be, there is a file.
# Dan's never comes up: in his home there is a module by the name of the hub's own.
ADA, BOB, CLARA, DAN = USERS = ("ada", "bob", "clara", "dan")
_NEVER_UP = "import time\ntime.sleep(3600)\n"
_SERVERS = 2


class Hub(HubControl):
    """The hub as its own service sees it. It runs two servers at once."""

    def runs(self, user: str) -> bool:
        """Also while it starts."""
        server = self.server(user) or {}
        return bool(server.get("ready") or server.get("pending") == "spawn")

    def begin_to_start(self, user: str) -> None:
        status, said = self.call("POST", f"/users/{user}/server")
        assert status == 202, said

    def wait_until_ready(self, user: str) -> None:
        until(lambda: (self.server(user) or {}).get("ready"))

    def tokens(self, user: str) -> list[dict[str, object]]:
        """Those that Greenroom made."""
        return [token for token in super().tokens(user) if str(token["note"]).startswith("Greenroom")]

    def revoke_tokens(self) -> None:
        for user in USERS:
            for token in self.tokens(user):
                self.call("DELETE", f"/users/{user}/tokens/{token['id']}")


@contextmanager
def running_hub() -> Iterator[Hub]:
    """Run it until the block ends. Ada's server starts."""
    with tempfile.TemporaryDirectory() as home:
        users = Path(home) / "users"
        (users / DAN).mkdir(parents=True)
        (users / DAN / "jupyterhub.py").write_text(_NEVER_UP)
        (users / CLARA).touch()
        with JupyterHub(Path(home), users=USERS, active_servers=_SERVERS) as started:
            hub = Hub(started)
            hub.begin_to_start(ADA)
            yield hub
