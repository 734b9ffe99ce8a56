"""The table of provider and case in docs/providers.md, from the conformance suite itself."""

from __future__ import annotations

from collections.abc import Iterator

from tests.conformance.subjects import SUBJECTS
from tests.conformance.suite import CASES


def table() -> str:
    """A row for each case, a column for each provider; below it, how a service differs from the others."""
    notes: dict[str, int] = {}
    rows = [_row(case, notes) for case in CASES]
    head = ["case", "promise", *(f"`{subject.provider}`" for subject in SUBJECTS)]
    lines = [_line(head), _line("---" for _ in head), *rows]
    return "\n".join([*lines, "", *(f"{number}. {note}" for note, number in notes.items())])


def _row(case: str, notes: dict[str, int]) -> str:
    """A note that is there already keeps its number."""
    (promise, *_) = (CASES[case].__doc__ or "").splitlines()
    cells = []
    for subject in SUBJECTS:
        if note := subject.scenes[case].note:
            number = notes.setdefault(f"`{subject.provider}`: {note}.", len(notes) + 1)
        cells.append(f"✓ ({number})" if note else "✓")
    return _line([case, promise, *cells])


def _line(cells: Iterator[str] | list[str]) -> str:
    return f"| {' | '.join(cells)} |"
