"""Write the table of provider and case into docs/providers.md, from the conformance suite itself.

With --check nothing is written: it says whether the table is what the suite makes.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.conformance.subjects import SUBJECTS
from tests.conformance.suite import CASES

PAGE = Path(__file__).parents[1] / "docs" / "providers.md"

_BEGIN, _END = "<!-- made by tools/conformance.py: begin -->", "<!-- made by tools/conformance.py: end -->"
_TABLE = re.compile(f"{re.escape(_BEGIN)}.*{re.escape(_END)}", re.DOTALL)


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


def written(page: str) -> str:
    """The page with the table that the suite makes. ValueError if it has no place for one."""
    if not _TABLE.search(page):
        raise ValueError(f"{PAGE.name} must have the lines {_BEGIN} and {_END}")
    return _TABLE.sub(lambda _: f"{_BEGIN}\n\n{table()}\n\n{_END}", page)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.conformance", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if the page would change")
    page = PAGE.read_text()
    if not parser.parse_args().check:
        PAGE.write_text(written(page))
        return 0
    if page != written(page):
        print(f"docs/{PAGE.name} is not what the suite makes: run python -m tools.conformance", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
