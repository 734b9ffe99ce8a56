"""The additions of a deployment, put into a copy of the asset that came with the package."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from greenroom_cdk import AssetError
from greenroom_cdk.asset.packaged import with_additions


@pytest.fixture
def asset(tmp_path: Path) -> Path:
    path = tmp_path / "asset.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("greenroom/__init__.py", "")
        archive.writestr("botocore/data/sns/2010-03-31/service-2.json", "{}")
    return path


@pytest.fixture
def desks(tmp_path: Path) -> Path:
    """A provider of your own, as far as the asset is concerned."""
    directory = tmp_path / "desks"
    directory.mkdir()
    (directory / "service.py").write_text("CALLS = 1")
    return directory


def test_a_package_and_a_file_go_to_their_places_beside_what_is_there(asset: Path, desks: Path, tmp_path: Path) -> None:
    pem = tmp_path / "ca.pem"
    pem.write_text("a certificate")
    made = with_additions(asset, {"desks": desks, "certificates/desks.pem": pem}, tmp_path / "cache")
    assert (made / "desks" / "service.py").read_text() == "CALLS = 1"
    assert (made / "certificates" / "desks.pem").read_text() == "a certificate"
    assert (made / "greenroom" / "__init__.py").is_file()


def test_the_same_additions_are_found_and_others_are_made(asset: Path, desks: Path, tmp_path: Path) -> None:
    first = with_additions(asset, {"desks": desks}, tmp_path / "cache")
    assert with_additions(asset, {"desks": desks}, tmp_path / "cache") == first
    (desks / "service.py").write_text("CALLS = 2")
    second = with_additions(asset, {"desks": desks}, tmp_path / "cache")
    assert (first / "desks" / "service.py").read_text() == "CALLS = 1"
    assert (second / "desks" / "service.py").read_text() == "CALLS = 2"


def test_a_service_that_the_asset_has_is_no_hindrance(asset: Path, desks: Path, tmp_path: Path) -> None:
    (desks / "services.txt").write_text("sns\n")
    assert with_additions(asset, {"desks": desks}, tmp_path / "cache").is_dir()


def test_what_the_asset_lacks_is_named_with_a_way_out(asset: Path, desks: Path, tmp_path: Path) -> None:
    (desks / "requirements.lock").write_text("paramiko==4.0.0\n")
    (desks / "services.txt").write_text("workspaces\nsns\n")
    with pytest.raises(AssetError) as refused:
        with_additions(asset, {"desks": desks}, tmp_path / "cache")
    assert str(refused.value) == (
        "The packaged asset has no model of the service workspaces, paramiko. Deploy from a clone of Greenroom, which "
        "can add that, or pass code= with an asset that has it."
    )
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_package_with_the_name_of_another_is_refused(asset: Path, desks: Path, tmp_path: Path) -> None:
    with pytest.raises(FileExistsError):
        with_additions(asset, {"greenroom": desks}, tmp_path / "cache")
