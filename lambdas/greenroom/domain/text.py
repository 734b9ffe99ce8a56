"""Text from outside, as characters that may be shown in a terminal, on a page or in a log; and names as in JSON."""

from __future__ import annotations

import re
import unicodedata

# Controls, formats such as bidirectional overrides, halves of surrogate pairs, private use, and what no standard knows.
_UNSEEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_BREAKS = frozenset({"Zl", "Zp"})
# Characters of other categories that show nothing either: https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point
_UNSEEN = frozenset(
    map(
        chr,
        [
            *(0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0),
            *range(0x180B, 0x1810),
            *range(0xFE00, 0xFE10),
            *range(0xE0100, 0xE01F0),
        ],
    )
)
_SPACES = frozenset("\t\n\v\f\r\x85")


def visible(text: str) -> str:
    """Return the text on one line, without characters that nobody sees or that change how others are shown.

    Line breaks and tabs become spaces. Without its ESC or CSI, an escape sequence is plain text.
    """
    return text if text.isascii() and text.isprintable() else "".join(map(_shown, text))


def _shown(character: str) -> str:
    if character.isascii() and character.isprintable():
        return character
    category = unicodedata.category(character)
    if character in _SPACES or category in _BREAKS:
        return " "
    return "" if category in _UNSEEN_CATEGORIES or character in _UNSEEN else character


def camel_case(name: str) -> str:
    """Return a name as pydantic's `to_camel` does, without pydantic: `stream_id` is streamId, `gpu_4k` is gpu4K."""
    pascal = re.sub("([0-9A-Za-z])_(?=[0-9A-Z])", r"\1", name.title())
    return pascal[:1].lower() + pascal[1:]
