"""How big it is: the code, and the asset that every function runs."""

from __future__ import annotations

from pathlib import Path

from infra.lambda_asset import LAMBDA_PLATFORM, bundle
from local.stack import ROOT

# What counts as code, by top-level folder; the definition of the flow is JSON.
SUFFIXES = {
    "bench": "py",
    "infra": "py",
    "lambdas": "py",
    "local": "py",
    "statemachine": "json",
    "tests": "py",
    "tools": "py",
}


def lines_of_code() -> dict[str, int]:
    """Lines that are neither empty nor only a comment, of each top-level folder."""
    return {folder: sum(map(_lines, (ROOT / folder).rglob(f"*.{suffix}"))) for folder, suffix in SUFFIXES.items()}


def asset_bytes() -> int:
    """The size of the asset as Lambda unzips it; its limit is 250 MB."""
    asset = bundle(LAMBDA_PLATFORM, ROOT / ".greenroom" / "assets")
    return sum(path.stat().st_size for path in asset.rglob("*") if path.is_file())


def _lines(path: Path) -> int:
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return sum(bool(line) and not line.startswith("#") for line in lines)
