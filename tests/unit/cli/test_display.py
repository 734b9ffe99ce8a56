"""The screens of a wait."""

from __future__ import annotations

import io
import time
from datetime import datetime

import pytest
from rich.console import Console

from greenroom_cli.display import LiveLine, PlainLines, Silence, line_of
from greenroom_cli.progress import Progress, Shown
from tests.support.fake_api import CREATED_AT, view
from tests.support.fakes import FakeClock

CREATED = datetime.fromisoformat(CREATED_AT)


def _terminal(width: int = 100) -> Console:
    return Console(file=io.StringIO(), force_terminal=True, width=width, color_system="truecolor", legacy_windows=False)


def _written(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_the_line_is_drawn_again_while_nothing_is_answered() -> None:
    clock, console = FakeClock(CREATED), _terminal()
    progress = Progress(clock)
    progress.see(view(), {})
    with LiveLine(console) as display:
        display.show(progress)
        clock.advance(65)
        give_up = time.monotonic() + 10
        while "1:05" not in _written(console) and time.monotonic() < give_up:
            time.sleep(0.05)

    assert "0:00" in _written(console)
    assert "1:05" in _written(console)


def test_what_is_said_stays_and_the_line_does_not() -> None:
    console = _terminal()
    progress = Progress(FakeClock(CREATED))
    progress.see(view(), {})
    with LiveLine(console) as display:
        display.show(progress)
        display.say("Request r-1 [was] accepted")

    assert "Request r-1 [was] accepted\n" in _written(console)
    # The line is erased at the end, and the cursor is there again.
    assert _written(console).endswith("\x1b[2K")
    assert "\x1b[?25h" in _written(console)


def test_a_narrow_terminal_gets_one_line() -> None:
    console = _terminal(width=40)
    shown = Shown("waiting for nimble: create in progress", 65, 0.4, late=False, hint="about 2 min 5 s left")

    console.print(line_of(shown))

    assert _written(console).count("\n") == 1


def test_plain_lines_come_on_change_only(capsys: pytest.CaptureFixture[str]) -> None:
    clock = FakeClock(CREATED)
    progress, display = Progress(clock), PlainLines()
    estimate = {"readyAt": "2026-11-24T12:00:20Z", "latestReadyAt": "2026-11-24T12:00:40Z"}
    for seconds, seen in [
        (0, view(estimate=estimate)),
        (10, view(estimate=estimate)),
        (31, view()),
        (5, view("ready")),
    ]:
        clock.advance(seconds)
        progress.see(seen, {})
        display.show(progress)

    assert capsys.readouterr().err.splitlines() == [
        "waiting for nimble (after 0 s, about 20 s left)",
        "waiting for nimble (after 41 s)",
        "ready (after 46 s)",
    ]


def test_silence_shows_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress(FakeClock(CREATED))
    progress.see(view(), {})
    with Silence() as display:
        display.show(progress)
        display.say("something")

    assert capsys.readouterr() == ("", "")
