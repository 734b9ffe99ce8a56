"""The part of a page that a tool makes, between two lines that name the tool."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class MadePart:
    """`tool` is a module of `tools`, `source` what the part is made from, in the words of its complaint."""

    page: Path
    tool: str
    source: str
    make: Callable[[], str]

    def written(self, page: str) -> str:
        """The text of the page with the part as it is now. ValueError if it has no place for one."""
        begin, end = (f"<!-- made by tools/{self.tool}.py: {edge} -->" for edge in ("begin", "end"))
        place = re.compile(f"{re.escape(begin)}.*{re.escape(end)}", re.DOTALL)
        if not place.search(page):
            raise ValueError(f"{self.page.name} must have the lines {begin} and {end}")
        made = self.make()
        return place.sub(lambda _: f"{begin}\n\n{made}\n\n{end}", page)

    def main(self, description: str | None) -> int:
        """Write the page; with `--check` only say, by the status too, whether it would change."""
        command = f"python -m tools.{self.tool}"
        parser = argparse.ArgumentParser(prog=command, description=description)
        parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if the page would change")
        check, page = parser.parse_args().check, self.page.read_text()
        written = self.written(page)
        if not check:
            self.page.write_text(written)
        elif page != written:
            print(f"docs/{self.page.name} is not what {self.source}: run {command}", file=sys.stderr)
            return 1
        return 0
