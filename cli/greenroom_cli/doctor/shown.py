"""The doctor's lines on a screen."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from greenroom.domain.text import visible
from greenroom_cli.doctor.finding import Finding, Health

_MARKS = {Health.WELL: ("✓", "green"), Health.UNWELL: ("✗", "bold red"), Health.UNKNOWN: ("?", "yellow")}
_WIDTH = 24


def line_of(finding: Finding) -> Text:
    """Return a mark, the subject and the finding; below it what to do, if anything."""
    mark, style = _MARKS[finding.health]
    subject = f"{visible(finding.subject):<{_WIDTH}} "
    line = Text.assemble((f"{mark} ", style), (subject, "bold"), visible(finding.told))
    if finding.todo:
        line.append(f"\n  {'':<{_WIDTH}} → {visible(finding.todo)}", style=style)
    return line


def show(finding: Finding) -> None:
    """Print to stdout, in colours if that is a terminal."""
    Console(highlight=False, soft_wrap=True).print(line_of(finding))
