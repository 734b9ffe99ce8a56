"""A JupyterHub with its proxy and its users' servers, in a process group of their own."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from local.processes import free_port, start, stop, wait_until_it_answers

ROOT = Path(__file__).parent.parent.parent
USERS = ("demo", "ada")
PROGRAM = "local.jupyterhub"


class JupyterHub:
    """A hub on a free port of 127.0.0.1, with its state, its log and its users' files under `home`.

    `token` is that of a service that may start, look at and stop servers, and make and revoke tokens.
    `active_servers`: how many servers it runs at once; 0 is any number.
    """

    def __init__(
        self,
        home: Path,
        *,
        users: Sequence[str] = USERS,
        active_servers: int = 0,
        report: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.home = home.resolve()
        self.url = f"http://127.0.0.1:{free_port()}"
        self.token = secrets.token_hex(16)
        self._users = users
        self._active_servers = active_servers
        self._report = report
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def process_id(self) -> int | None:
        """Of the hub, whose process group its proxy and its servers are in too; None when it does not run."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Return when it answers. StackError when it does not, with the log that says why."""
        self._report("starting the JupyterHub")
        log = self.home / "hub.log"
        command = [
            sys.executable, "-m", PROGRAM, "--port", self.url.rsplit(":", 1)[1], "--home", str(self.home),
            "--users", ",".join(self._users), "--active-servers", str(self._active_servers),
        ]  # fmt: skip
        environment = os.environ | {"GREENROOM_HUB_TOKEN": self.token, "PYTHONPATH": _with_root()}
        self._process = start(command, log=log, environment=environment)
        try:
            wait_until_it_answers(f"{self.url}/hub/health", self._process, log=log)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop it with its proxy and all servers, whatever state they are in."""
        if self._process:
            self._report("stopping the JupyterHub")
            stop(self._process.pid, PROGRAM)
            self._process = None


def _with_root() -> str:
    """The search path of a Python that finds this package from any directory."""
    return os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
