"""The asset that came with the installed package, and a copy of it with the additions of a deployment."""

from __future__ import annotations

import hashlib
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from greenroom_cdk.asset.files import LOCK, contents, copy, move_into_place, pins
from greenroom_cdk.asset.service_models import NAMED_IN


class AssetError(ValueError):
    """There is no code for the functions, or none that the additions fit into."""


def with_additions(asset: Path, additions: Mapping[str, Path], cache: Path) -> Path:
    """Unpack the asset, and put the additions in. Return the directory, which the same additions find again.

    They go without bytecode, since this Python need not be Lambda's: each cold start compiles their few files.
    AssetError if one needs packages, or services of AWS, that the asset does not have: a clone alone can add them.
    """
    target = cache / _digest(asset, additions)
    if target.exists():
        return target
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as scratch:
        built = Path(scratch) / "asset"
        with zipfile.ZipFile(asset) as archive:
            archive.extractall(built)
        if missing := sorted({name for source in additions.values() for name in _missing(source, built)}):
            raise AssetError(
                f"The packaged asset has no {', '.join(missing)}. Deploy from a clone of Greenroom, which can add "
                "that, or pass code= with an asset that has it."
            )
        for place, source in additions.items():
            copy(source, built / place)
        move_into_place(built, target)
    return target


def _missing(source: Path, asset: Path) -> Iterator[str]:
    """Return the packages that an addition pins, and the services of AWS that it names and the asset has no model of.

    A package in the asset may lack parts that Greenroom does not use, so every pinned package counts as missing.
    """
    yield from pins(source / LOCK)
    named = source / NAMED_IN
    for service in named.read_text(encoding="utf-8").split() if named.is_file() else ():
        if not (asset / "botocore" / "data" / service).is_dir():
            yield f"model of the service {service}"


def _digest(asset: Path, additions: Mapping[str, Path]) -> str:
    digest = hashlib.sha256(asset.read_bytes())
    for content in contents(additions):
        digest.update(content)
    return digest.hexdigest()[:16]
