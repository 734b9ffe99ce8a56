"""Providers of your own in a test: importable while it runs, and forgotten afterwards."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
ACME = ROOT / "examples" / "own_provider" / "acme"


@contextmanager
def forgotten_afterwards() -> Iterator[None]:
    """Let packages be found in further directories, and leave no trace of them in the interpreter."""
    before = list(sys.path)
    try:
        yield
    finally:
        added = tuple(f"{place}/" for place in sys.path if place not in before)
        sys.path[:] = before
        for name in (
            [name for name, module in sys.modules.items() if _origin(module).startswith(added)] if added else ()
        ):
            del sys.modules[name]


def _origin(module: object) -> str:
    return str(getattr(module, "__file__", None) or "")


def a_provider(parent: Path, name: str = "desks", **parts: str) -> Path:
    """Write the least that is a provider; `parts` are texts of its files by their names without `.py`."""
    texts = {
        "__init__": "",
        "fields": (
            "from typing import Literal\n"
            "from greenroom.providers.fields import ProviderFields\n"
            f"class Fields(ProviderFields):\n    provider: Literal[{name!r}] = {name!r}\n"
            "FIELDS = Fields\n"
        ),
        "service": "",
        "infrastructure": "",
        **parts,
    }
    (parent / name).mkdir()
    for part, text in texts.items():
        (parent / name / f"{part}.py").write_text(text)
    return parent / name
