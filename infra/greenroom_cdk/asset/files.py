"""The additions of a deployment, as they are put into the asset and count in its name."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

NOTHING: Mapping[str, Path] = {}
LOCK = "requirements.lock"
"""The file of an addition that pins the packages which it needs."""


def copy(source: Path, target: Path) -> None:
    """Copy sources. Raise FileExistsError for a package that has the name of another one."""
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(source, target)


def move_into_place(built: Path, target: Path) -> None:
    """Rename a directory that is complete, unless another process that made the same one was faster."""
    try:
        built.rename(target)
    except OSError:
        if not target.exists():
            raise


def contents(additions: Mapping[str, Path]) -> Iterator[bytes]:
    """Yield all that decides what the additions are: places and files, in one order."""
    for place, source in sorted(additions.items()):
        for path in files(source) if source.is_dir() else [source]:
            yield f"{place}/{path.relative_to(source)}".encode() + b"\0" + path.read_bytes()


def files(directory: Path) -> list[Path]:
    """Yield the files that `copy` copies: sources, and what stands beside them."""
    return sorted(path for path in directory.rglob("*") if path.is_file() and "__pycache__" not in path.parts)


_PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)", re.MULTILINE)


def pins(lock: Path) -> dict[str, str]:
    """Return the versions by package, named as PEP 503 writes them; none if there is no such file."""
    found = _PIN.finditer(lock.read_text(encoding="utf-8")) if lock.is_file() else ()
    return {re.sub(r"[-_.]+", "-", pin["name"]).lower(): pin["version"] for pin in found}
