"""Make the wheel for an app of your own: constructs, command line, state machine, and the functions' code."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from greenroom_cdk.asset.build import LAMBDA_PLATFORM, ROOT, bundle
from tools.build_hook import ASSET_VARIABLE

# The oldest that a zip can tell; a file's time says nothing about its content.
_TIME = (1980, 1, 1, 0, 0, 0)
# What Lambda needs to read the file: https://docs.aws.amazon.com/lambda/latest/dg/python-package.html
_READABLE_BY_ALL = 0o644 << 16


def package(into: Path) -> Path:
    """Build the wheel. The same sources make the same bytes. Returns its path."""
    asset = bundle(LAMBDA_PLATFORM, ROOT / ".greenroom" / "assets")
    with tempfile.TemporaryDirectory() as scratch:
        archive = Path(scratch) / "asset.zip"
        zip_directory(asset, archive)
        command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", scratch]
        environment = os.environ | {ASSET_VARIABLE: str(archive)}
        subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)  # noqa: S603  # ours
        (wheel,) = Path(scratch).glob("*.whl")
        into.mkdir(parents=True, exist_ok=True)
        return Path(shutil.copy(wheel, into))


def zip_directory(directory: Path, archive: Path) -> None:
    """One file, so that no installer adds bytecode of its own Python to the asset, nor leaves ours out."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        for path in sorted(item for item in directory.rglob("*") if item.is_file()):
            entry = zipfile.ZipInfo(str(path.relative_to(directory)), _TIME)
            entry.external_attr = _READABLE_BY_ALL
            entry.compress_type = zipfile.ZIP_DEFLATED
            zipped.writestr(entry, path.read_bytes())


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.package", description=__doc__)
    parser.add_argument("--into", type=Path, default=ROOT / "dist", help="the wheel's directory; default: dist")
    print(package(parser.parse_args().into))
    return 0


if __name__ == "__main__":
    sys.exit(main())
