"""The pages of the site: a copy of docs, and of what these pages link to elsewhere in the repository.

A page that is read on GitHub links to source files and folders outside of docs. The site has a copy of each such file
as text; a link to a folder without a page of its own becomes its words.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^\s*(```|~~~)")
LINK = re.compile(r"(?P<image>!?)\[(?P<words>(?:[^\[\]]|\[[^\]]*\])*)\]\((?P<target>[^)\s]+)\)")
ASSETS = (
    ROOT / "node_modules" / "@mermaid-js" / "tiny" / "dist" / "mermaid.tiny.js",  # draws the diagrams
    Path(__file__).parent / "site.css",
)
AT_THE_TOP = ("README.md", "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")
_SOURCES = PurePosixPath("source")


def documents(root: Path = ROOT) -> Iterator[Path]:
    """Every Markdown page that is for readers, in the repository."""
    yield from (root / name for name in AT_THE_TOP)
    yield from sorted((root / "docs").rglob("*.md"))
    yield from sorted((root / "examples").glob("*/README.md"))


def write(folder: Path, root: Path = ROOT) -> None:
    """Make the folder that the site is built of."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(root / "docs", folder)
    (folder / "assets").mkdir()
    for asset in ASSETS:
        shutil.copy(asset, folder / "assets")
    for document in documents(root):
        if (place := _place(document, root)) is not None:
            (folder / place).parent.mkdir(parents=True, exist_ok=True)
            (folder / place).write_text(_moved(document, place, folder, root), encoding="utf-8")


def outside_of_code(text: str) -> Iterator[tuple[str, bool]]:
    """Each line with its end, and whether it is text and not code."""
    inside = False
    for line in text.splitlines(keepends=True):
        is_fence = FENCE.match(line) is not None
        yield line, not inside and not is_fence
        inside = inside != is_fence


def _place(path: Path, root: Path) -> PurePosixPath | None:
    """Return the place that a file of the repository has on the site as a page, or None."""
    within = PurePosixPath(path.relative_to(root).as_posix())
    if within.parts[0] == "docs":
        return within.relative_to("docs")
    return within if path.suffix == ".md" and path != root / "README.md" else None


def _moved(document: Path, place: PurePosixPath, folder: Path, root: Path) -> str:
    """The text of a page, its links as they are from its place on the site."""

    def link(found: re.Match[str]) -> str:
        address, _, anchor = found["target"].partition("#")
        if "://" in address or address.startswith("mailto:") or not address:
            return found[0]
        target = _target((document.parent / address).resolve(), folder, root)
        if target is None:
            return found["words"]
        to = os.path.relpath(target, place.parent)
        return f"{found['image']}[{found['words']}]({to}{'#' if anchor else ''}{anchor})"

    lines = outside_of_code(document.read_text(encoding="utf-8"))
    return "".join(LINK.sub(link, line) if is_text else line for line, is_text in lines)


def _target(path: Path, folder: Path, root: Path) -> PurePosixPath | None:
    """The place on the site of what a page links to. A source file is copied there; a folder may have no place."""
    if path.is_dir():
        return _place(path / "README.md", root) if (path / "README.md").exists() else None
    place = _place(path, root)
    if place is None and path.exists():
        within = path.relative_to(root)
        place = _SOURCES / within.with_name(f"{within.name}.txt").as_posix()
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, folder / place)
    return place
