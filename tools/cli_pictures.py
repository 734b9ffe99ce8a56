"""Draw docs/pictures/cli-request.svg and cli-doctor.svg, from a request and a doctor's round on the local stack.

`make up`, `source .greenroom/env`, then `python -m tools.cli_pictures`.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import sys
from pathlib import Path
from uuid import uuid4

import urllib3
from rich.console import Console
from rich.spinner import Spinner
from rich.text import Text

from greenroom_cli import wiring
from greenroom_cli.deployment import Deployment
from greenroom_cli.display import line_of
from greenroom_cli.doctor.checks import findings
from greenroom_cli.doctor.shown import line_of as line_of_finding
from greenroom_cli.errors import CommandError
from greenroom_cli.follow import follow
from greenroom_cli.outcome import lines_of
from greenroom_cli.progress import Progress, Shown
from greenroom_cli.target import Target

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
WIDTH = 116
SESSION = {"studioId": "studio-1", "sessionId": "session-1"}
# Long enough for a line in the middle of the wait.
READY_AFTER_SECONDS = 12
# rich would have the font fetched from another host.
_FONT = re.compile(r"@font-face \{.*?\}", re.DOTALL)


class Middle:
    """A screen that keeps the lines of the wait."""

    def __init__(self) -> None:
        self.seen: list[Shown] = []

    def show(self, progress: Progress) -> None:
        if (shown := progress.now).hint:
            self.seen.append(shown)


def draw_request(deployment: Deployment, path: Path) -> None:
    console = _console()
    urllib3.request(
        "PUT",
        f"{os.environ['NIMBLE_SIMULATOR_URL']}/_simulator/sessions/{SESSION['sessionId']}",
        json={"readyAfterSeconds": READY_AFTER_SECONDS},
    )
    _, _, asked = deployment.api.call("POST", "streams", SESSION, {"Idempotency-Key": str(uuid4())})
    middle = Middle()
    view = follow(deployment.api, asked["id"], screen=middle)
    _prompt(console, "greenroom request nimble --studio-id studio-1 --session-id session-1")
    console.print(f"Request {asked['id']} was accepted")
    console.print(line_of(middle.seen[len(middle.seen) // 2], Spinner("dots", style="cyan")))
    for line in lines_of(view):
        console.print(line)
    console.print(view["url"])
    _save(console, path)


def draw_doctor(deployment: Deployment, path: Path) -> None:
    console = _console()
    _prompt(console, "greenroom doctor")
    for finding in findings(wiring.cloud(deployment)):
        console.print(line_of_finding(finding))
    _save(console, path)


def _console() -> Console:
    return Console(record=True, file=io.StringIO(), width=WIDTH, force_terminal=True, highlight=False)


def _prompt(console: Console, command: str) -> None:
    console.print(Text.assemble(("$ ", "dim"), command))


def _save(console: Console, path: Path) -> None:
    svg = console.export_svg(title="greenroom", unique_id=path.stem)
    path.write_text("\n".join(line.rstrip() for line in _FONT.sub("", svg).splitlines()) + "\n")


def main() -> int:
    argparse.ArgumentParser(prog="python -m tools.cli_pictures", description=__doc__).parse_args()
    deployment = wiring.deployment(Target())
    try:
        draw_request(deployment, PICTURES / "cli-request.svg")
        draw_doctor(deployment, PICTURES / "cli-doctor.svg")
    except (CommandError, KeyError) as error:
        print(f"{error}: is the local stack running, and .greenroom/env sourced?", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
