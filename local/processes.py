"""Child processes of the local stack: started in the background, waited for, and stopped with all their children."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import urllib3

STOP_SECONDS = 10.0


class StackError(RuntimeError):
    """The local stack could not be brought up; the text says what failed and where its log is."""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def start(command: Sequence[str], *, log: Path, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own, so that Ctrl-C reaches us and we stop it in order."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        return subprocess.Popen(  # noqa: S603  # every command is ours
            command, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )


def wait_until_it_answers(url: str, process: subprocess.Popen[bytes], *, log: Path, seconds: float = 60) -> None:
    """Wait for a 2xx at `url`. StackError when the process ends first or the time is over."""
    http, give_up = urllib3.PoolManager(), time.monotonic() + seconds
    while time.monotonic() < give_up:
        if process.poll() is not None:
            raise StackError(f"{Path(process.args[0]).name} ended at once; see {log}")  # type: ignore[index, arg-type]
        with contextlib.suppress(urllib3.exceptions.HTTPError):
            if http.request("GET", url, timeout=2, retries=False).status < 300:
                return
        time.sleep(0.1)
    raise StackError(f"Nothing answered at {url} within {seconds:.0f} s; see {log}")


def stop(process_id: int, command: str) -> None:
    """End a process started here, and its children: politely, then by force.

    Where the system can tell, a process whose command line does not hold `command` is left alone: ours has ended, and
    another has got its number.
    """
    command_line = Path(f"/proc/{process_id}/cmdline")
    if command_line.exists() and command not in command_line.read_bytes().replace(b"\0", b" ").decode():
        return
    give_up = time.monotonic() + STOP_SECONDS
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process_id, signal.SIGTERM)
        while time.monotonic() < give_up and _is_running(process_id):
            time.sleep(0.1)
        os.killpg(process_id, signal.SIGKILL)


def _is_running(process_id: int) -> bool:
    with contextlib.suppress(ChildProcessError):
        os.waitpid(process_id, os.WNOHANG)
    try:
        os.killpg(process_id, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True
