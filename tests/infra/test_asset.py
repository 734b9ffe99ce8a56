"""The one asset of all functions: ours and what it imports, compiled for where it runs and not for where it is made."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.lambda_asset import LAMBDA_PLATFORM, LAMBDAS, bundle
from tests.infra.synthesised import ROOT

ASSETS = ROOT / ".greenroom" / "assets"  # where `make synth` puts it too
UNZIPPED_LIMIT = 250 * 1024 * 1024  # https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html


@pytest.fixture(scope="module")
def asset() -> Path:
    return bundle(LAMBDA_PLATFORM, ASSETS)


def test_what_is_compiled_is_compiled_for_arm64_and_python_3_13(asset: Path) -> None:
    compiled = [path.name for path in asset.rglob("*.so")]
    assert any(name.startswith("_pydantic_core.") for name in compiled)
    assert [name for name in compiled if "aarch64" not in name or ("cp" in name and "313" not in name)] == []


def test_compiled_files_are_arm64_inside_too(asset: Path) -> None:
    elf_machines = {path.read_bytes()[18:20] for path in asset.rglob("*.so")}
    assert elf_machines == {b"\xb7\x00"}  # EM_AARCH64


def test_it_holds_the_service_that_botocore_dropped(asset: Path) -> None:
    assert list((asset / "botocore" / "data" / "nimble").rglob("service-2.json*"))
    assert (asset / "boto3" / "__init__.py").is_file()


def test_it_holds_the_whole_package_and_nothing_of_this_machine(asset: Path) -> None:
    ours = LAMBDAS / "greenroom"
    sources = {path.relative_to(ours): path.read_bytes() for path in ours.rglob("*.py")}
    bundled = asset / "greenroom"
    assert {path.relative_to(bundled): path.read_bytes() for path in bundled.rglob("*.py")} == sources
    assert not list(bundled.rglob("__pycache__"))


def test_the_same_sources_make_it_once(asset: Path) -> None:
    before = asset.stat().st_ctime_ns
    assert bundle(LAMBDA_PLATFORM, ASSETS) == asset
    assert asset.stat().st_ctime_ns == before


def test_it_fits_into_a_function(asset: Path) -> None:
    assert sum(path.stat().st_size for path in asset.rglob("*") if path.is_file()) < UNZIPPED_LIMIT
