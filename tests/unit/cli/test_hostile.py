"""Whatever comes from outside is shown as plain text: no answer, file or variable moves a terminal's cursor."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from rich.spinner import Spinner

from greenroom.domain.text import visible
from greenroom_cli.client import MOST_BYTES
from greenroom_cli.display import LiveLine, line_of
from greenroom_cli.doctor import shown
from greenroom_cli.doctor.finding import Finding, Health
from greenroom_cli.outcome import open_in_browser
from greenroom_cli.progress import Shown
from tests.support.dripping import BODY, dripping
from tests.support.fake_api import Answer, FakeApi, problem, view
from tests.support.receiver import Receiver
from tests.unit.cli.conftest import Done, Terminal

# A title, colours, a link, the 8-bit form of these, another direction, an invisible letter, a second line; and markup.
HOSTILE = (
    "\x1b]0;owned\x07\x1b[31mred\x1b]8;;https://evil.example\x1b\\\x9b2J\u202etxt\u200b"
    "\r\nRequest r-1 is ready [bold]x[/bold]"
)
SHOWN = "]0;owned[31mred]8;;https://evil.example\\2Jtxt  Request r-1 is ready [bold]x[/bold]"
NIMBLE = ("request", "nimble", "--studio-id", "studio", "--session-id", "s")
FAILED = view("failed", error=HOSTILE, message=HOSTILE, stream={"state": HOSTILE})
LEARNED = {
    "provider": HOSTILE, "pool": HOSTILE, "waitingFor": HOSTILE, "observations": 1, "median": 1, "latest": 2,
    "looks": [1], "seen": [[0, 1]],
}  # fmt: skip
REFUSED = problem(400, HOSTILE, {"field": HOSTILE, "detail": HOSTILE})


def is_plain(done: Done) -> bool:
    lines = (done.stdout + done.stderr).split("\n")
    return all(visible(line) == line for line in lines) and any("red" in line for line in lines)


@pytest.mark.parametrize(
    ("call", "answer", "command"),
    [
        ("GET streams/r-1", Answer(200, FAILED), ["status", "r-1"]),
        ("GET streams/r-1", Answer(200, FAILED), ["status", "r-1", "--follow"]),
        ("GET streams/r-1", Answer(200, view(stream={"state": HOSTILE})), ["status", "r-1"]),
        ("GET streams", Answer(200, {"streams": [{**FAILED, "id": HOSTILE, "provider": HOSTILE}]}), ["list"]),
        ("DELETE streams/r-1", Answer(202, {"id": "r-1", "state": HOSTILE}), ["cancel", "r-1"]),
        ("POST streams/r-1/claim", problem(410, HOSTILE), ["claim", "r-1", "--open"]),
        ("POST streams/r-1/waiting-room", problem(404, HOSTILE), ["waiting-room", "r-1"]),
        ("GET schedules", Answer(200, {"schedules": [LEARNED]}), ["learned"]),
        ("POST streams", REFUSED, NIMBLE),
        ("POST streams", Answer(202, view(request_id=HOSTILE)), [*NIMBLE, "--detach"]),
        ("POST streams", Answer(403, {"message": HOSTILE}), NIMBLE),
    ],
)
@pytest.mark.parametrize("as_json", [False, True])
def test_an_answer_of_the_api_is_plain_text(
    *, call: str, answer: Answer, command: list[str], as_json: bool, api: FakeApi, terminal: Terminal
) -> None:
    api.will_answer(call, answer)
    done = terminal.run(*command, *(["--json"] if as_json else []))
    assert is_plain(done), repr(done)
    if as_json:
        assert done.json is not None


def test_json_says_what_the_api_said(api: FakeApi, terminal: Terminal) -> None:
    api.will_show(FAILED | {"metadata": {"ü": HOSTILE}})
    done = terminal.run("status", "r-1", "--json")
    assert done.json == FAILED | {"metadata": {"ü": HOSTILE}}
    assert '"ü"' in done.stdout


def test_a_request_that_is_followed_is_plain_text(api: FakeApi, terminal: Terminal) -> None:
    api.will_accept(view(), view(stream={"state": HOSTILE}), FAILED)
    done = terminal.run(*NIMBLE)
    assert is_plain(done)
    assert SHOWN in done.stderr


def test_a_batch_and_its_file_are_plain_text(api: FakeApi, terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "class.jsonl").write_text(json.dumps({HOSTILE: 1}) + "\n")
    rejected = [{"line": 1, "errors": [{"field": HOSTILE, "detail": "is no field"}]}]
    ended = {"id": HOSTILE, "state": HOSTILE, "counts": {"rejected": 1}, "endedAt": "now", "rejected": rejected}
    api.will_answer("POST batches", Answer(202, {**ended, "id": "b-1"}))
    api.will_answer("GET batches/b-1", Answer(200, ended))
    assert is_plain(terminal.run("batch", str(tmp_path / "class.jsonl")))
    api.will_answer("POST batches", REFUSED)
    assert is_plain(terminal.run("batch", str(tmp_path / "class.jsonl")))
    assert is_plain(terminal.run("batch", str(tmp_path / HOSTILE)))


@pytest.mark.parametrize("command", [["redrive"], ["redrive", "--json"], ["drain"], ["doctor"], ["doctor", "--json"]])
def test_an_error_of_aws_is_plain_text(command: list[str], receiver: Receiver, terminal: Terminal) -> None:
    body = {"__type": "OddException", "message": HOSTILE}
    told = "<ErrorResponse><Error><Code>Odd</Code><Message>red\x9b2J\u202e[bold]</Message></Error></ErrorResponse>"
    is_json = command[0] == "redrive"
    receiver.will_answer(400, body if is_json else told.encode())
    queues = {"DeadLetterQueueUrl": f"{receiver.url}/1/dead", "DeliveryQueueUrl": f"{receiver.url}/1/queue"}
    done = terminal.run(*command, AWS_ENDPOINT_URL=receiver.url, **queues)
    assert is_plain(done), repr(done)


def test_a_variable_of_the_environment_is_plain_text(receiver: Receiver, terminal: Terminal) -> None:
    receiver.will_answer(400, b"<ErrorResponse><Error><Code>Odd</Code><Message>no</Message></Error></ErrorResponse>")
    assert is_plain(terminal.run("status", "r-1", AWS_ENDPOINT_URL=receiver.url, GREENROOM_STACK=HOSTILE))
    assert is_plain(terminal.run("claim", "r-1", "--json", ApiUrl="http://127.0.0.1:9/\x9b31mred\u202e/"))


def terminal_console() -> Console:
    return Console(file=io.StringIO(), force_terminal=True, width=400, color_system=None, highlight=False)


def written(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_the_live_line_has_no_sequences_but_its_own_and_no_markup() -> None:
    console = terminal_console()
    console.print(line_of(Shown(HOSTILE, 1, 0.5, late=False, hint=HOSTILE), Spinner("dots")))
    LiveLine(console).say(HOSTILE + " :smile:")
    assert written(console).count(SHOWN) == 3
    assert ":smile:" in written(console)
    assert not {"\x9b", "\u202e", "\u200b", "\x07"} & set(written(console))


@pytest.mark.parametrize("health", Health)
def test_the_doctor_s_lines_have_no_sequences_and_no_markup(
    health: Health, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    shown.show(Finding(HOSTILE, health, HOSTILE, HOSTILE))
    said = capsys.readouterr().out
    assert said.count(SHOWN) == 3
    assert all(visible(line) == line for line in said.split("\n"))


@pytest.mark.parametrize(
    ("url", "is_opened"),
    [
        ("https://x.example/a", True),
        ("HTTP://127.0.0.1:8000/a", True),
        ("--version", False),
        ("-https://x.example", False),
        ("dcv://x.example/a", False),
        ("file:///etc/passwd", False),
        ("javascript:alert(1)", False),
        ("vnd.app:run?https://x.example", False),
        ("https:///a", False),
        (" https://x.example", False),
        ("https://x.example/\x1b[31m", False),
        ("https://x.example/\n--version", False),
        ("", False),
        (None, False),
        ({"a": 1}, False),
    ],
)
def test_only_a_web_url_is_opened(
    *, url: Any, is_opened: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened: list[str] = []

    def browse(url: str) -> bool:
        opened.append(url)
        return True

    monkeypatch.setattr("webbrowser.open", browse)
    open_in_browser(url)
    assert opened == ([url] if is_opened else [])
    assert ("not opened" in capsys.readouterr().err) is not is_opened


def test_an_api_that_answers_without_end_is_given_up(
    api: FakeApi, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.will_answer("GET streams/r-1", Answer(200, b" " * (MOST_BYTES + 1)))
    done = terminal.run("status", "r-1")
    assert (done.code, f"more than {MOST_BYTES} bytes" in done.stderr) == (1, True)
    monkeypatch.setattr("greenroom_cli.client.TIMEOUT_SECONDS", 0.3)
    monkeypatch.setattr("greenroom_cli.client._UNREACHABLE_SECONDS", 0.0)
    with dripping(BODY, b" ") as dripper:
        done = terminal.run("status", "r-1", ApiUrl=f"{dripper.url}/")
    assert (done.code, "does not answer: cut off after 0.3 s" in done.stderr) == (1, True)
