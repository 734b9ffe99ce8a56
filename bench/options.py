"""The options that benchmarks share. What is wrong with one is an error that says what would be right."""

from __future__ import annotations

import argparse
import math
from pathlib import Path


def number(text: str) -> float:
    """A number above 0."""
    value = float(text)
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is not more than 0")
    return value


def whole_number(text: str) -> int:
    """A whole number from 1 on."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not 1 or more")
    return value


number.__name__, whole_number.__name__ = "number", "whole number"


def readiness(text: str) -> list[float]:
    """The readiness times of a file, in seconds."""
    try:
        return read(Path(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def read(path: Path) -> list[float]:
    """Read one readiness time in seconds a line; empty lines are left out. Raises ValueError, which names the line."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"cannot read {path}: {error}") from None
    found = [_seconds(line, f"{path}, line {number}") for number, line in enumerate(lines, 1) if line.strip()]
    if not found:
        raise ValueError(f"{path} is empty: it must have one readiness time in seconds a line")
    return found


def _seconds(text: str, place: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise ValueError(f"{place}: {text.strip()!r} is not a number of seconds, 0 or more")
    return seconds
