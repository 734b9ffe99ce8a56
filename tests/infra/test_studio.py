"""The studio's logo and texts: where they go in the asset, and what is said of files that the page cannot show."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from greenroom.api.waiting_room.studio import MAX_LOGO_BYTES
from greenroom_cdk.asset.additions import additions
from greenroom_cdk.settings import Settings, SettingsError

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>'
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
LOGO_RULE = f"studioLogo: must be an SVG or PNG file, .svg or .png, of {MAX_LOGO_BYTES:,} bytes at most"


def written(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    return str(path)


def complaints(**values: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        additions(Settings.from_values(values))
    return caught.value.complaints


@pytest.mark.parametrize(("suffix", "content"), [(".svg", SVG), (".png", PNG)])
def test_a_logo_goes_into_the_asset(tmp_path: Path, suffix: str, content: bytes) -> None:
    logo = written(tmp_path / f"ours{suffix}", content)
    assert additions(Settings.from_values({"studioLogo": logo})) == {f"studio/logo{suffix}": Path(logo)}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("logo.png", SVG),
        ("logo.svg", PNG),
        ("logo.svg", b"<html/>"),
        ("logo.svg", b"<svg"),
        ("logo.gif", PNG),
        ("logo", SVG),
        ("logo.png", PNG + bytes(MAX_LOGO_BYTES)),
    ],
)
def test_what_is_no_logo_is_complained_of(tmp_path: Path, name: str, content: bytes) -> None:
    logo = written(tmp_path / name, content)
    assert complaints(studioLogo=logo) == [f"{LOGO_RULE} (got {logo!r})"]


def test_a_file_that_is_not_there_is_complained_of(tmp_path: Path) -> None:
    for name in ("studioLogo", "waitingRoomTexts"):
        assert complaints(**{name: f"{tmp_path}/none.svg"})[0].startswith(f"{name}: must be a file that can be read")


def test_texts_go_into_the_asset(tmp_path: Path) -> None:
    texts = written(tmp_path / "fr.json", json.dumps({"lang": "fr", "open.button": "Ouvrir"}).encode())
    assert additions(Settings.from_values({"waitingRoomTexts": texts})) == {"studio/texts.json": Path(texts)}


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ('{"open.buton": "Open"}', "there is no text open.buton; did you mean open.button?"),
        ('{"x": "y"}', "there is no text x"),
        ('{"open.button": ""}', "open.button: must be text of 1 to 400 characters"),
        ('{"open.button": 1}', "open.button: must be text of 1 to 400 characters"),
        (json.dumps({"open.button": "x" * 401}), "open.button: must be text of 1 to 400 characters"),
        ("[]", "must be a JSON file with some of the texts of the waiting room, each of 1 to 400 characters"),
        ("{", "must be a JSON file with some of the texts of the waiting room, each of 1 to 400 characters"),
    ],
)
def test_texts_that_the_page_does_not_have_are_complained_of(tmp_path: Path, content: str, complaint: str) -> None:
    texts = written(tmp_path / "texts.json", content.encode())
    assert complaints(waitingRoomTexts=texts) == [f"waitingRoomTexts: {complaint} (got {texts!r})"]


def test_all_complaints_come_at_once(tmp_path: Path) -> None:
    logo, texts = written(tmp_path / "logo.gif", PNG), written(tmp_path / "texts.json", b'{"a": "b", "c": "d"}')
    assert len(complaints(studioLogo=logo, waitingRoomTexts=texts)) == 3
