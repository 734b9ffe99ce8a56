"""The CPU, user and system, of a fresh interpreter that imports a handler from an asset, and ends."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from simulation.variables import ENVIRONMENT, environment

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Start:
    """A fresh interpreter that runs a script; it can import the standard library and what is in a directory."""

    script: str
    directory: Path
    variables: Mapping[str, str]

    def cpu_seconds(self) -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        script = f"import sys; sys.path.insert(0, {str(self.directory)!r})\n{self.script}"
        # Without this machine's packages and configuration, and it writes no bytecode.
        subprocess.run([sys.executable, "-I", "-S", "-B", "-c", script], check=True, env=self.variables)  # noqa: S603
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def start_of(handler: str, asset: Path, **variables: str) -> Start:
    """The import of a handler, with variables beside those that every function has."""
    return Start(f"import greenroom.handlers.{handler}", asset, environment() | variables)


def import_cpu(starts: Mapping[Key, Start], runs: int) -> dict[Key, list[float]]:
    """Seconds of each start, less those of one that imports nothing, run by run.

    A run takes each start in turn, since the speed of a machine drifts; what is compared stands side by side.
    """
    nothing = Start("pass", Path(), ENVIRONMENT)
    for start in starts.values():
        start.cpu_seconds()  # only warms the page cache
    seconds: dict[Key, list[float]] = {key: [] for key in starts}
    for _ in range(runs):
        empty = nothing.cpu_seconds()
        for key, start in starts.items():
            seconds[key].append(start.cpu_seconds() - empty)
    return seconds
