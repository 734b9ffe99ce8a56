"""The screens of a wait, on stderr: a live line for a terminal, plain lines elsewhere, or none."""

from __future__ import annotations

from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from greenroom.domain.text import visible
from greenroom_cli.follow import Screen
from greenroom_cli.formatting import duration, stopwatch
from greenroom_cli.output import say
from greenroom_cli.progress import Progress, Shown

BAR_WIDTH = 24
_REFRESHES_PER_SECOND = 4


class Display(Screen, Protocol):
    """A screen that is open as long as its block runs."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def say(self, line: str) -> None:
        """Show a line of its own, which stays."""


def display_for_stderr(*, quiet: bool) -> Display:
    console = Console(stderr=True, highlight=False)
    if quiet:
        return Silence()
    if console.is_terminal and not console.is_dumb_terminal:
        return LiveLine(console)
    return PlainLines()


def line_of(shown: Shown, spinner: Spinner | None = None) -> Table:
    """Return one line: the state in words, the time, the bar, and the estimate."""
    table = Table.grid(padding=(0, 2))
    style = "yellow" if shown.late else "cyan"
    bar = ProgressBar(total=1, completed=shown.share, width=BAR_WIDTH, complete_style=style, finished_style="green")
    words = Text(visible(shown.words), style="bold", no_wrap=True, overflow="ellipsis")
    hint = Text(visible(shown.hint), style="yellow" if shown.late else "dim", no_wrap=True, overflow="ellipsis")
    table.add_row(*([spinner] if spinner else []), words, Text(stopwatch(shown.seconds), style="dim"), bar, hint)
    return table


class _Display:
    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Do nothing."""


class Silence(_Display):
    def show(self, progress: Progress) -> None:
        """Show nothing."""

    def say(self, line: str) -> None:
        """Show nothing."""


class PlainLines(_Display):
    """A line when something has changed, without escape codes."""

    def __init__(self) -> None:
        self._last: tuple[str, bool] | None = None

    def show(self, progress: Progress) -> None:
        shown = progress.now
        if (shown.words, shown.late) != self._last:
            self._last = (shown.words, shown.late)
            hint = f", {shown.hint}" if shown.hint else ""
            self.say(f"{shown.words} (after {duration(shown.seconds)}{hint})")

    def say(self, line: str) -> None:
        say(line)


class LiveLine(_Display):
    """A line that is drawn again several times a second, and is gone at the end."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress: Progress | None = None
        self._spinner = Spinner("dots", style="cyan")
        self._live = Live(
            console=console,
            get_renderable=self._line,
            refresh_per_second=_REFRESHES_PER_SECOND,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def show(self, progress: Progress) -> None:
        self._progress = progress
        self._live.refresh()

    def say(self, line: str) -> None:
        self._console.print(Text(visible(line)))  # as a Text it has no markup

    def _line(self) -> Table | str:
        return line_of(self._progress.now, self._spinner) if self._progress else ""
