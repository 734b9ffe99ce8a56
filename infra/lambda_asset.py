"""The one asset that every function runs: the package `greenroom` and what it imports, put together by uv."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import uv

LAMBDAS = Path(__file__).parent.parent / "lambdas"


@dataclass(frozen=True)
class Platform:
    """What the wheels must fit: uv's names for the Python version and the platform."""

    python_version: str
    python_platform: str | None


LAMBDA_PLATFORM = Platform("3.13", "aarch64-manylinux_2_28")


def bundle(platform: Platform, cache: Path) -> Path:
    """Make the asset, or find the one that the same sources made before. Returns its directory."""
    target = cache.resolve() / _digest(platform)
    if target.exists():
        return target
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as scratch:
        built = Path(scratch) / "asset"
        _install(platform, built)
        shutil.copytree(LAMBDAS / "greenroom", built / "greenroom", ignore=shutil.ignore_patterns("__pycache__"))
        built.rename(target)
    return target


def _install(platform: Platform, into: Path) -> None:
    """Wheels only: a source package would be built for this machine, not for that platform."""
    command = [
        uv.find_uv_bin(), "pip", "install", "--quiet", "--target", str(into), "--require-hashes", "--no-deps",
        "--only-binary", ":all:", "--python-version", platform.python_version,
        "-r", str(LAMBDAS / "requirements.lock"),
    ]  # fmt: skip
    if platform.python_platform:
        command += ["--python-platform", platform.python_platform]
    subprocess.run(command, check=True)  # noqa: S603  # every word of it is ours


def _digest(platform: Platform) -> str:
    digest = hashlib.sha256(repr(platform).encode())
    for path in sorted([LAMBDAS / "requirements.lock", *(LAMBDAS / "greenroom").rglob("*.py")]):
        digest.update(str(path.relative_to(LAMBDAS)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]
