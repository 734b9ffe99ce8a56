"""Colours that can be read, by the contrast ratio of WCAG 2.2 (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio)."""

from __future__ import annotations

BLACK, WHITE = "#000000", "#ffffff"
# What text must differ from its surroundings by (1.4.3). A button or a bar needs 3 (1.4.11), and is seen better so.
VISIBLE = 4.5
_STEPS = 100


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours (`#rrggbb`), from 1, for the same colour, to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def readable_on(color: str) -> str:
    """Return black or white: one of the two has a contrast of at least 4.58 to any colour."""
    return max(BLACK, WHITE, key=lambda text: contrast(text, color))


def visible_on(background: str, color: str) -> str:
    """Return the colour, made just light or dark enough to be seen on a background."""
    towards = readable_on(background)
    shades = (_mixed(color, towards, step / _STEPS) for step in range(_STEPS + 1))
    return next(shade for shade in shades if contrast(shade, background) >= VISIBLE)


def _mixed(color: str, other: str, share: float) -> str:
    parts = zip(_channels(color), _channels(other), strict=True)
    return "#" + "".join(f"{round(mine + (its - mine) * share):02x}" for mine, its in parts)


def _channels(color: str) -> list[int]:
    return [int(color[place : place + 2], 16) for place in (1, 3, 5)]


def _luminance(color: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(color))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return float(channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4)
