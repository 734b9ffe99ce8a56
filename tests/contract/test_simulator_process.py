"""The simulator as a process of its own, on the real clock."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.contract.support import Control, connect

ROOT = Path(__file__).parents[2]
HERE = {"studioId": "studio", "sessionId": "s"}
Start = Callable[..., tuple["subprocess.Popen[str]", str]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start `python -m local.simulator` on a free port; returns the process and its URL."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> tuple[subprocess.Popen[str], str]:
        command = [sys.executable, "-m", "local.simulator", "--port", "0", *arguments]
        process = subprocess.Popen(  # noqa: S603  # the command is our own
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        started.append(process)
        assert process.stdout
        line = process.stdout.readline()
        found = re.fullmatch(r"simulator listening on (http://127\.0\.0\.1:\d+)\n", line)
        assert found, line
        return process, found[1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_a_silent_call_does_not_keep_it_from_ending_on_sigterm(start: Start) -> None:
    process, url = start()
    Control(url).session("s", faults=[{"operation": "GetStreamingSession", "call": "*", "error": "Timeout"}])
    address = urlsplit(url)
    with socket.create_connection((address.hostname, address.port)) as connection:
        connection.sendall(b"GET /2020-08-01/studios/studio/streaming-sessions/s HTTP/1.1\r\nHost: x\r\n\r\n")
        process.send_signal(signal.SIGTERM)
        rest, log = process.communicate(timeout=5)
    assert (process.returncode, rest, log) == (0, "", "")


def test_it_ends_on_sigint_and_has_logged_no_url(start: Start) -> None:
    process, url = start("--access-log")
    Control(url).session("s", readyAfterSeconds=0)
    client = connect(url)
    created = client.create_streaming_session_stream(**HERE)["stream"]
    seen = client.get_streaming_session_stream(**HERE, streamId=created["streamId"])["stream"]
    assert seen["url"] == created["url"]

    process.send_signal(signal.SIGINT)
    rest, log = process.communicate(timeout=5)
    assert (process.returncode, rest) == (0, "")
    assert "GET /2020-08-01/studios/studio/streaming-sessions/s/streams/" in log
    assert "https://" not in log
