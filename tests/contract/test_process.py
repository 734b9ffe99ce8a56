"""The simulators as a process of their own, on the real clock."""

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

from tests.contract.services import ALL, Api, Service
from tests.contract.support import Control, connect

ROOT = Path(__file__).parents[2]
Start = Callable[..., tuple["subprocess.Popen[str]", dict[str, str]]]


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "local.simulator", *arguments]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start `python -m local.simulator` on free ports; returns the process, and the URL of each service."""
    started: list[subprocess.Popen[str]] = []

    def start(*names: str, options: tuple[str, ...] = ()) -> tuple[subprocess.Popen[str], dict[str, str]]:
        process = subprocess.Popen(  # noqa: S603  # the command is our own
            _command(*options, *(f"{name}=0" for name in names)),
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout
        urls = {}
        for name in names:
            line = process.stdout.readline()
            found = re.fullmatch(rf"simulated {name} listening on (http://127\.0\.0\.1:\d+)\n", line)
            assert found, line
            urls[name] = found[1]
        return process, urls

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_a_silent_call_does_not_keep_it_from_ending_on_sigterm(start: Start, service: Service) -> None:
    process, urls = start(service.name)
    url = urls[service.name]
    Control(url).session("s", faults=[{"operation": service.looks, "call": "*", "error": "Timeout"}])
    address = urlsplit(url)
    with socket.create_connection((address.hostname, address.port)) as connection:
        connection.sendall(service.raw_look.encode())
        process.send_signal(signal.SIGTERM)
        rest, log = process.communicate(timeout=5)
    assert (process.returncode, rest, log) == (0, "", "")


def test_it_ends_on_sigint_and_has_logged_no_url(start: Start) -> None:
    process, urls = start(*(service.name for service in ALL), options=("--access-log",))
    for service in ALL:
        Control(urls[service.name]).session("s", readyAfterSeconds=0)
        api = Api(service, connect(urls[service.name], service.name))
        api.look()
        assert "https://" in str(api.make())

    process.send_signal(signal.SIGINT)
    rest, log = process.communicate(timeout=5)
    assert (process.returncode, rest) == (0, "")
    assert "POST /2020-08-01/studios/studio/streaming-sessions/s/streams " in log
    assert "POST / " in log
    assert "POST /streamgroups/s/streamurls " in log
    assert "https://" not in log


def test_the_services_of_one_process_know_nothing_of_each_other(start: Start) -> None:
    _, urls = start("nimble", "gameliftstreams")
    Control(urls["nimble"]).session("s", sessionState="ASLEEP")
    for service in ALL:
        if service.name in urls:
            Api(service, connect(urls[service.name], service.name)).look()
    assert [call["operation"] for call in Control(urls["nimble"]).calls()] == ["GetStreamingSession"]
    assert [call["operation"] for call in Control(urls["gameliftstreams"]).calls()] == ["GetStreamGroup"]


@pytest.mark.parametrize("argument", ["workspaces=0", "nimble", "nimble=", "nimble=x", "nimble=70000"])
def test_a_service_that_cannot_be_started_is_named(argument: str) -> None:
    done = subprocess.run(  # noqa: S603  # the command is our own
        _command(argument), cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert f"{argument!r} is not NAME=PORT" in done.stderr
    assert "appstream" in done.stderr
