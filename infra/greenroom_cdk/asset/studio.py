"""The files of a studio that go into the asset: its logo, and its own texts of the waiting room."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from greenroom.api.waiting_room.studio import (
    DIRECTORY,
    LOGOS,
    MAX_LOGO_BYTES,
    MAX_TEXT_LENGTH,
    TEXTS,
    own_texts,
)
from greenroom_cdk.settings import Settings, SettingsError

_PNG = b"\x89PNG\r\n\x1a\n"
_SVG = "{http://www.w3.org/2000/svg}svg"
_LOGO_RULE = f"must be an SVG or PNG file, .svg or .png, of {MAX_LOGO_BYTES:,} bytes at most"
_TEXTS_RULE = (
    f"must be a JSON file with some of the texts of the waiting room, each of 1 to {MAX_TEXT_LENGTH} characters"
)


def studio_files(settings: Settings) -> Mapping[str, Path]:
    """Return the files by place in the asset. Raise SettingsError for those that the page cannot show."""
    found: dict[str, Path] = {}
    complaints: list[str] = []
    if logo := settings.studio_logo:
        found[f"{DIRECTORY}/logo{Path(logo).suffix}"] = Path(logo)
        complaints += [f"studioLogo: {complaint} (got {logo!r})" for complaint in _complaints(Path(logo), _of_logo)]
    if texts := settings.waiting_room_texts:
        found[f"{DIRECTORY}/{TEXTS}"] = Path(texts)
        complaints += [f"waitingRoomTexts: {said} (got {texts!r})" for said in _complaints(Path(texts), _of_texts)]
    if complaints:
        raise SettingsError(complaints)
    return found


def _complaints(path: Path, judge: Callable[[Path], Iterator[str]]) -> Iterator[str]:
    try:
        yield from judge(path)
    except OSError:
        yield "must be a file that can be read"


def _of_logo(path: Path) -> Iterator[str]:
    content = path.read_bytes()
    is_image = {".png": _is_png, ".svg": _is_svg}.get(path.suffix)
    if path.suffix not in LOGOS or is_image is None or len(content) > MAX_LOGO_BYTES or not is_image(content):
        yield _LOGO_RULE


def _of_texts(path: Path) -> Iterator[str]:
    try:
        texts: Any = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        texts = None
    if not isinstance(texts, dict):
        yield _TEXTS_RULE
        return
    known = own_texts()
    for name, text in texts.items():
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            yield f"there is no text {name}" + (f"; did you mean {near[0]}?" if near else "")
        elif not isinstance(text, str) or not 0 < len(text) <= MAX_TEXT_LENGTH:
            yield f"{name}: must be text of 1 to {MAX_TEXT_LENGTH} characters"


def _is_png(content: bytes) -> bool:
    return content.startswith(_PNG)


def _is_svg(content: bytes) -> bool:
    # The file is the deployer's own; a bomb in it would cost nobody else anything.
    try:
        return ET.fromstring(content).tag == _SVG  # noqa: S314  # as said
    except ET.ParseError:
        return False
