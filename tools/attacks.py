"""The table of attacks in docs/security.md, from the docstrings of the tests in tests/security."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
TESTS = ROOT / "tests" / "security"
STOPPED = "Stopped "


@dataclass(frozen=True)
class Attack:
    """`what` is done, and what it is `stopped` by, as the docstring of the test says."""

    test: str
    what: str
    stopped: str

    @classmethod
    def of(cls, test: str, docstring: str | None) -> Attack:
        """Read a docstring: a line, and a paragraph that begins with `Stopped`. ValueError for any other."""
        what, _, stopped = inspect.cleandoc(docstring or "").partition("\n\n")
        if not (what and "\n" not in what and stopped.startswith(STOPPED)) or "|" in stopped + what:
            raise ValueError(f"{test} must say in its docstring what is tried, and then: {STOPPED.strip()} …")
        words = " ".join(stopped.removeprefix(STOPPED).split()).removeprefix("by ")
        return cls(test, what, words[0].upper() + words[1:])


@dataclass(frozen=True)
class Subject:
    """A file of tests."""

    path: Path
    title: str
    attacks: tuple[Attack, ...]


def subjects(folder: Path = TESTS) -> Iterator[Subject]:
    for path in sorted(folder.glob("test_*.py")):
        module = ast.parse(path.read_text(encoding="utf-8"))
        tests = [item for item in module.body if isinstance(item, ast.FunctionDef) and item.name.startswith("test_")]
        (title, *_) = (ast.get_docstring(module) or path.stem).splitlines()
        attacks = (Attack.of(f"{path.name}::{test.name}", ast.get_docstring(test)) for test in tests)
        yield Subject(path, title.rstrip("."), tuple(attacks))


def table() -> str:
    found = list(subjects())
    count = sum(len(subject.attacks) for subject in found)
    parts = [f"{count} attacks, each a test, many of them in several variants.", *map(_part, found)]
    return "\n\n".join(parts)


def _part(subject: Subject) -> str:
    title, _, _ = subject.title.partition(":")
    link = f"[{subject.path.name}](../{subject.path.relative_to(ROOT).as_posix()})"
    rows = [f"| {each.what} | {each.stopped} | `{each.test.partition('::')[2]}` |" for each in subject.attacks]
    head = [f"| {title} | what stops it | {link} |", "| --- | --- | --- |"]
    return "\n".join([*head, *rows])
