"""Change the code, one small thing at a time, and see whether a unit test notices: mutation testing, by mutmut.

Usage: python -m tools.mutants [--again] [FOLDER ...]

Print for each folder how many mutants were made and caught, and the survivors, without those that `mutants.toml` lists
with a reason. The status is 1 if fewer than 95% of a folder's mutants are caught. With --again, try only the mutants
that the last run did not catch or did not reach, by the present tests. A mutant that ran out of time counts as caught,
and is tried again too: a busy machine may be the cause.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path

from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code

ROOT = Path(__file__).parents[1]
LIST = Path(__file__).with_suffix(".toml")
HOME = ROOT / ".greenroom" / "mutants"
# The copy of everything that mutmut changes, and runs the tests in.
CHANGED = HOME / "mutants"
PACKAGE = "greenroom"
FOLDERS = ("record", "delivery", "adapters", "flow")
LEAST = 95
# The ends of a mutant by mutmut's names: caught by a test, caught by the clock, and none yet.
CAUGHT, TIMED_OUT, UNTRIED = "killed", "timeout", "not checked"


@dataclass(frozen=True)
class Survivor:
    """A mutant that no test noticed. `change`: the lines that it takes away and puts there, as a diff has them."""

    function: str
    change: str

    @classmethod
    def of(cls, name: str, diff: str) -> Survivor:
        lines = diff.splitlines()[2:]
        return cls(_function(name), _change(line for line in lines if line.startswith(("-", "+"))))


@dataclass(frozen=True)
class Measure:
    """The outcome of the mutants of one folder. `ends`: how many ended how. `reasons`: the listed survivors."""

    folder: str
    ends: Mapping[str, int]
    survivors: Sequence[Survivor]
    reasons: Mapping[Survivor, str]

    @property
    def made(self) -> int:
        return sum(self.ends.values())

    @property
    def caught(self) -> int:
        return self.ends.get(CAUGHT, 0) + self.ends.get(TIMED_OUT, 0)

    @property
    def percent(self) -> float:
        return 100 * self.caught / self.made if self.made else 100.0

    @property
    def enough(self) -> bool:
        return self.percent >= LEAST

    @property
    def new(self) -> list[Survivor]:
        return [each for each in self.survivors if each not in self.reasons]

    @property
    def stale(self) -> list[Survivor]:
        """Those of the list that are caught by now, or are not made any more."""
        ours = f"{PACKAGE}.{self.folder}."
        return [each for each in self.reasons if each.function.startswith(ours) and each not in self.survivors]

    def report(self) -> Iterator[str]:
        survived, by_clock, untried = len(self.survivors), self.ends.get(TIMED_OUT, 0), self.ends.get(UNTRIED, 0)
        yield (
            f"{self.folder}: {self.made} made, {self.caught} caught ({self.percent:.1f}%, {by_clock} by the clock), "
            f"{survived} survived, {survived - len(self.new)} of them listed, {untried} not tried"
        )
        for each in self.new:
            yield from (f"  survived: {each.function}", *_indented(each.change))
        for each in self.stale:
            yield from (f"  listed, and no survivor any more: {each.function}", *_indented(each.change))


def listed(path: Path = LIST) -> dict[Survivor, str]:
    """Return the survivors that have a reason, with it."""
    entries = tomllib.loads(path.read_text()).get("survivors", [])
    return {
        Survivor(entry["function"], _change(change.strip().splitlines())): entry["reason"]
        for entry in entries
        for change in entry["changes"]
    }


def _function(name: str) -> str:
    """`greenroom.adapters.sqs.xǁQueueǁput__mutmut_3` is a mutant of `greenroom.adapters.sqs.Queue.put`."""
    module, _, mangled = name.partition("__mutmut_")[0].rpartition(".")
    return f"{module}.{mangled.removeprefix('x_').removeprefix('xǁ').replace('ǁ', '.')}"


def _change(lines: Iterable[str]) -> str:
    return "\n".join(f"{line[0]} {line[1:].strip()}" for line in lines)


def _indented(text: str) -> list[str]:
    return [f"    {line}" for line in text.splitlines()]


def lay_out() -> None:
    """Give mutmut the package at the top, where a file has the name of its module, and the rest as it stands."""
    shutil.rmtree(HOME, ignore_errors=True)
    CHANGED.mkdir(parents=True)
    (HOME / PACKAGE).symlink_to(ROOT / "lambdas" / PACKAGE)
    (HOME / "pyproject.toml").symlink_to(ROOT / "pyproject.toml")
    for each in ROOT.iterdir():
        if each.name == ".venv" or not each.name.startswith((".", "pyproject.")):
            (CHANGED / each.name).symlink_to(each)


def run(folders: Iterable[str], *, again: bool) -> None:
    """Make the mutants of these folders, and try them, or those that were not caught the last time."""
    patterns = [f"{PACKAGE}.{folder}.*" for folder in folders]
    command = [sys.executable, "-m", "tools.collected", *(["--again"] if again else []), *patterns]
    log = HOME / "mutmut.log"
    print(f"mutmut writes to {log}", file=sys.stderr)
    with log.open("w") as output:
        environment = {**os.environ, "PYTHONPATH": str(CHANGED)}
        subprocess.run(command, cwd=HOME, env=environment, stdout=output, stderr=output, check=True)  # noqa: S603  # names are our own


def measure(folder: str, reasons: Mapping[Survivor, str]) -> Measure:
    """Read the results that mutmut has kept for a folder."""
    ends, found = Counter[str](), list[Survivor]()
    with chdir(HOME):
        for meta in sorted((CHANGED / PACKAGE / folder).rglob("*.meta")):
            codes = json.loads(meta.read_text())["exit_code_by_key"]
            path = meta.relative_to(CHANGED).with_suffix("")
            for name, end in ((name, status_by_exit_code[code]) for name, code in codes.items()):
                ends[end] += 1
                if end not in {CAUGHT, TIMED_OUT, UNTRIED}:
                    found.append(Survivor.of(name, get_diff_for_mutant(name, path=path)))
    return Measure(folder, ends, found, reasons)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.mutants", description=__doc__.partition("\n")[0])
    parser.add_argument("folders", metavar="FOLDER", nargs="*", help=f"of {', '.join(FOLDERS)}; all without")
    parser.add_argument("--again", action="store_true", help="try only the mutants that the last run did not catch")
    asked = parser.parse_args()
    folders = asked.folders or FOLDERS
    if unknown := set(folders) - set(FOLDERS):
        parser.error(f"no such folder: {', '.join(sorted(unknown))}")
    if not asked.again:
        lay_out()
    run(folders, again=asked.again)
    measures = [measure(folder, listed()) for folder in folders]
    for each in measures:
        print(*each.report(), sep="\n")
    return 0 if all(each.enough for each in measures) else 1


if __name__ == "__main__":
    sys.exit(main())
