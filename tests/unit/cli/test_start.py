"""What `greenroom` loads before it has anything to do, what it completes, and how it is installed."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from greenroom.providers.catalogue import BUILT_IN
from tests.support.fake_api import FakeApi, view

ROOT = Path(__file__).parents[3]
GREENROOM = Path(sys.executable).with_name("greenroom")
SLOW = {"boto3", "botocore", "rich", "urllib3"}
URL = "https://stream.example/secret"
NIMBLE = ("request", "nimble", "--studio-id", "studio", "--session-id", "s")


def _run(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(  # noqa: S603  # our own command
        command, env=os.environ | environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done


@pytest.mark.parametrize(
    ("arguments", "slow"),
    [
        (["--help"], SLOW | {"pydantic"}),
        # Typer itself reads the types of a command's parameters by pydantic.
        (["status", "--help"], SLOW),
        (["request", "nimble", "--help"], SLOW),
    ],
    ids=["help", "status", "nimble"],
)
def test_help_loads_nothing_that_takes_long(arguments: list[str], slow: set[str]) -> None:
    script = f"""
import sys
from greenroom_cli.main import main
try:
    main({arguments!r})
except SystemExit:
    print("loaded:", *sys.modules)
"""
    *shown, loaded = _run(sys.executable, "-c", script).stdout.splitlines()
    assert shown[0].startswith("Usage: ")
    assert not slow & set(loaded.split())


def _completed(words: str) -> list[str]:
    environment = {"_GREENROOM_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    return _run(GREENROOM, **environment).stdout.split()


def test_a_shell_completes_commands_providers_and_their_options() -> None:
    assert {"request", "status", "redrive", "waiting-room"} <= set(_completed("greenroom "))
    assert _completed("greenroom request ") == list(BUILT_IN)
    assert "--studio-id" in _completed("greenroom request nimble --st")


def test_a_terminal_gets_the_url_and_a_live_line(api: FakeApi, environment: dict[str, str]) -> None:
    api.will_accept(view(), view(), view("ready", url=URL, expiresAt="2026-11-24T12:02:00Z", secondsLeft=90))

    shown = _in_a_terminal(environment, *NIMBLE)

    assert shown.rstrip().endswith(URL)
    assert "\x1b[?25l" in shown
    assert "waiting for nimble" in shown


def test_a_terminal_that_is_dumb_gets_plain_lines(api: FakeApi, environment: dict[str, str]) -> None:
    api.will_accept(view(), view("ready", url=URL, expiresAt="2026-11-24T12:02:00Z", secondsLeft=90))

    shown = _in_a_terminal(environment | {"TERM": "dumb"}, *NIMBLE)

    assert shown.rstrip().endswith(URL)
    assert "\x1b" not in shown


def _in_a_terminal(environment: dict[str, str], *arguments: str) -> str:
    """All that the command writes, as a terminal gets it."""
    ours, its = pty.openpty()
    process = subprocess.Popen(  # noqa: S603  # our own command
        [GREENROOM, *arguments],
        env=os.environ | {"TERM": "xterm-256color"} | environment,
        stdin=its,
        stdout=its,
        stderr=its,
    )
    os.close(its)
    shown = b""
    try:
        while some := os.read(ours, 4096):
            shown += some
    except OSError:
        pass  # what Linux says when the other side is closed
    os.close(ours)
    assert process.wait() == 0
    return shown.decode()


def test_it_is_installed_from_a_clone_with_all_that_it_needs(tmp_path: Path) -> None:
    places = {"UV_TOOL_DIR": str(tmp_path / "tools"), "UV_TOOL_BIN_DIR": str(tmp_path / "bin")}

    _run(Path(sys.executable).with_name("uv"), "tool", "install", "--python", sys.executable, ROOT, **places)

    installed = tmp_path / "bin" / "greenroom"
    assert "Ask for streams" in _run(installed, "--help").stdout
    assert "--studio-id" in _run(installed, "request", "nimble", "--help").stdout
    assert "--json" in _run(installed, "doctor", "--help").stdout
