"""Every screen of the waiting room, by day and by night, in a real Chromium: what it says, axe, its weight."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, Request

from tests.e2e.rooms import Rooms, Scheme, enter, findings

# The most that the page may weigh, with its calls.
MOST_BYTES = 30_000
PHONE = {"width": 390, "height": 760}
# The title of each screen; `late` is the screen of a request that is pending.
TITLES = {
    "pending": "Your stream is on its way",
    "late": "Your stream is on its way",
    "ready": "Your stream is ready",
    "failed": "There is no stream this time",
    "timed_out": "It took too long",
    "cancelled": "This stream was cancelled",
    "expired": "The time of this stream is over",
    "opened": "This stream has been opened",
    "unknown": "This link does not work",
}
# The screens that the documentation shows: the environment says where their pictures go.
PICTURES = os.environ.get("GREENROOM_PICTURES")
SHOWN = {("pending", "light"), ("ready", "dark")}
# As many as the pictures need, and not so many that they weigh more than the pages.
COLORS = 80
SCHEMES: tuple[Scheme, ...] = ("light", "dark")


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("screen", TITLES)
def test_each_screen_says_what_happens_and_axe_finds_nothing(
    rooms: Rooms, links: Mapping[str, str], screen: str, scheme: Scheme
) -> None:
    # The page's policy lets no script in but its own, so axe comes past it.
    with rooms.visitor(color_scheme=scheme, reduced_motion="reduce", bypass_csp=True) as visitor:
        page = enter(visitor, links[screen])
        assert page.get_by_role("heading").inner_text() == TITLES[screen]
        assert ("longer than usual" in page.inner_text("#text")) == (screen == "late")
        assert page.get_by_role("button").is_visible() == (screen == "ready")
        assert page.get_by_role("progressbar").is_visible() == (screen in {"pending", "late"})
        assert page.evaluate("document.getAnimations().length") == 0
        _take_picture(page, screen, scheme)
        assert findings(page) == []


def test_a_phone_shows_all_of_it_without_scrolling_sideways(rooms: Rooms, links: Mapping[str, str]) -> None:
    with rooms.visitor(viewport=PHONE, color_scheme="light", reduced_motion="reduce") as visitor:
        page = enter(visitor, links["ready"])
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        assert page.get_by_role("button").is_visible()
        _take_picture(page, "ready", "phone")


def test_the_page_is_light_and_speaks_to_nobody_else(rooms: Rooms, links: Mapping[str, str]) -> None:
    with rooms.visitor() as visitor:
        asked: list[Request] = []
        visitor.on("request", lambda request: asked.append(request))  # noqa: PLW0108  # Playwright takes no built-in
        page = enter(visitor, links["ready"])
        sizes = [request.response().body() for request in asked]  # type: ignore[union-attr]  # each was answered
        assert {request.url.partition("/waiting-room")[0] for request in asked} == {
            page.url.partition("/waiting-room")[0]
        }
        assert sum(map(len, sizes)) <= MOST_BYTES
        assert all("referer" not in request.headers for request in asked)


def _take_picture(page: Page, screen: str, kind: str) -> None:
    if PICTURES and ((screen, kind) in SHOWN or kind == "phone"):
        picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB").quantize(COLORS)
        picture.save(Path(PICTURES) / f"waiting-room-{screen}-{kind}.png", optimize=True)
