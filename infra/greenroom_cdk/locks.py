"""A lock file of packages: what it pins."""

from __future__ import annotations

import re
from pathlib import Path

_PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)", re.MULTILINE)


def pins(lock: Path) -> dict[str, str]:
    """The versions by the packages' names as PEP 503 writes them; none where there is no such file."""
    found = _PIN.finditer(lock.read_text(encoding="utf-8")) if lock.is_file() else ()
    return {re.sub(r"[-_.]+", "-", pin["name"]).lower(): pin["version"] for pin in found}
