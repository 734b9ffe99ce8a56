"""The one asset of all functions: ours and what it imports, compiled for where it runs and not for where it is made."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from greenroom_cdk.asset.build import HOST_PLATFORM, LAMBDA_PLATFORM, LAMBDAS, ROOT, Platform, bundle, compile_sources

ASSETS = ROOT / ".greenroom" / "assets"  # where `make synth` puts it too
MAGIC_3_13 = (3571).to_bytes(2, "little") + b"\r\n"
UNCHECKED_HASH = (0b01).to_bytes(4, "little")  # PEP 552: bit 0, by hash and not by time; bit 1, checked at import
# Of these, 0.9 MB are libsodium, for ed25519.
MOST_ZIPPED_BYTES = 7_000_000


@pytest.fixture(scope="module")
def asset() -> Path:
    return bundle(LAMBDA_PLATFORM, ASSETS)


def test_what_is_compiled_is_compiled_for_arm64_and_python_3_13(asset: Path) -> None:
    compiled = [path.name for path in asset.rglob("*.so")]
    assert any(name.startswith("_pydantic_core.") for name in compiled)
    # A file of the stable ABI is for every Python 3; the next test looks at its machine.
    bound = [name for name in compiled if not name.endswith(".abi3.so")]
    assert [name for name in bound if "aarch64" not in name or ("cp" in name and "313" not in name)] == []


def test_compiled_files_are_arm64_inside_too(asset: Path) -> None:
    elf_machines = {path.read_bytes()[18:20] for path in asset.rglob("*.so")}
    assert elf_machines == {b"\xb7\x00"}  # EM_AARCH64


def test_it_holds_the_service_that_botocore_dropped(asset: Path) -> None:
    assert list((asset / "botocore" / "data" / "nimble").rglob("service-2.json"))
    assert not (asset / "boto3").exists()


def test_it_holds_the_whole_package_and_nothing_of_this_machine(asset: Path) -> None:
    ours = LAMBDAS / "greenroom"
    sources = {name: content for name, content in _files(ours).items() if "__pycache__" not in name}
    bundled = {name: content for name, content in _files(asset / "greenroom").items() if "__pycache__" not in name}
    assert bundled == sources
    assert {"api/waiting_room/page.html", "api/waiting_room/texts.json"} <= set(bundled)


def test_all_code_is_bytecode_of_python_3_13_that_is_used_unchecked(asset: Path) -> None:
    assert {path.read_bytes()[:8] for path in asset.rglob("*.pyc")} == {MAGIC_3_13 + UNCHECKED_HASH}


def test_ours_is_beside_its_source_and_that_of_others_has_none(asset: Path) -> None:
    sources = set(asset.rglob("*.py"))
    assert sources == set((asset / "greenroom").rglob("*.py"))
    assert {path for path in asset.rglob("*.pyc") if "__pycache__" in path.parts} == set(map(_bytecode, sources))
    assert (asset / "botocore" / "session.pyc").is_file()


def test_bytecode_names_the_path_in_lambda_and_no_file_names_this_machine(asset: Path) -> None:
    assert b"/var/task/greenroom/handlers/api.py" in _bytecode(asset / "greenroom/handlers/api.py").read_bytes()
    here = (str(ASSETS).encode(), sys.executable.encode())
    files = [path for path in asset.rglob("*") if path.is_file()]
    assert [path for path in files if any(word in path.read_bytes() for word in here)] == []


def test_the_same_source_has_the_same_bytecode_wherever_it_is_compiled(asset: Path, tmp_path: Path) -> None:
    handlers = tmp_path / "greenroom" / "handlers"
    shutil.copytree(asset / "greenroom" / "handlers", handlers, ignore=shutil.ignore_patterns("__pycache__"))
    compile_sources(LAMBDA_PLATFORM, tmp_path)
    compiled = {path.name: path.read_bytes() for path in handlers.rglob("*.pyc")}
    assert compiled == {path.name: path.read_bytes() for path in (asset / "greenroom/handlers").rglob("*.pyc")}


@pytest.mark.parametrize("platform", [LAMBDA_PLATFORM, HOST_PLATFORM], ids=["lambda", "this machine"])
def test_a_file_of_ours_that_does_not_compile_ends_the_build(platform: Platform, tmp_path: Path) -> None:
    (tmp_path / "greenroom").mkdir()
    (tmp_path / "greenroom" / "broken.py").write_text("def")
    with pytest.raises(subprocess.CalledProcessError):
        compile_sources(platform, tmp_path)


def test_a_template_that_a_package_ships_stays_without_bytecode_and_is_named(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "greenroom").mkdir()
    (tmp_path / "template.py").write_text("class {{ name }}:\n")
    compile_sources(HOST_PLATFORM, tmp_path)
    assert not list(tmp_path.rglob("*.pyc"))
    output = capfd.readouterr()
    assert "/var/task/template.py" in output.err
    assert output.out == ""


def test_the_same_sources_make_it_once(asset: Path) -> None:
    before = asset.stat().st_ctime_ns
    assert bundle(LAMBDA_PLATFORM, ASSETS) == asset
    assert asset.stat().st_ctime_ns == before


def test_a_second_build_has_the_same_bytes(asset: Path, tmp_path: Path) -> None:
    again = bundle(LAMBDA_PLATFORM, tmp_path)
    assert again.name == asset.name
    assert _files(again) == _files(asset)


def test_no_file_of_it_is_a_link_into_the_cache_that_other_installations_share(asset: Path) -> None:
    assert {path.stat().st_nlink for path in asset.rglob("*") if path.is_file()} == {1}


def test_it_is_small_when_it_is_zipped(asset: Path) -> None:
    assert _zipped_bytes(asset) <= MOST_ZIPPED_BYTES


def _files(asset: Path) -> dict[str, bytes]:
    return {str(path.relative_to(asset)): path.read_bytes() for path in sorted(asset.rglob("*")) if path.is_file()}


def _zipped_bytes(asset: Path) -> int:
    """As it is uploaded, at zlib's usual level."""
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _files(asset).items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return zipped.tell()


def _bytecode(source: Path) -> Path:
    return source.parent / "__pycache__" / f"{source.stem}.cpython-313.pyc"
