"""Any colour of a studio can be read: on it, and on the page by day and by night."""

from __future__ import annotations

from itertools import product

import pytest

from greenroom.api.waiting_room.colors import VISIBLE, contrast, readable_on, visible_on
from greenroom.api.waiting_room.page import NIGHT, PAPER

EVERY_COLOR = [f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in product(range(0, 256, 15), repeat=3)]
BACKGROUNDS = pytest.mark.parametrize("background", [PAPER, NIGHT])


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [("#000000", "#ffffff", 21), ("#777777", "#ffffff", 4.48), ("#ff0000", "#ffffff", 4.0), ("#123456", "#123456", 1)],
)
def test_the_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == contrast(other, one) == pytest.approx(ratio, abs=0.01)


def test_text_on_any_colour_can_be_read() -> None:
    assert min(contrast(readable_on(color), color) for color in EVERY_COLOR) >= 4.5


@BACKGROUNDS
def test_any_colour_can_be_seen_on_the_page(background: str) -> None:
    assert min(contrast(visible_on(background, color), background) for color in EVERY_COLOR) >= VISIBLE


@BACKGROUNDS
def test_a_colour_that_can_be_seen_stays_as_it_is(background: str) -> None:
    seen = [color for color in EVERY_COLOR if contrast(color, background) >= VISIBLE]
    assert len(seen) > 1000
    assert all(visible_on(background, color) == color for color in seen)
