"""The waiting room of the deployed stack, in a real Chromium: every screen, and a person's ways through them."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, Request

from tests.e2e.deployed import Deployed, eventually
from tests.e2e.logs import log_groups, log_lines
from tests.e2e.rooms import Rooms, Scheme, answer_with, arrived, enter, findings, state_of, until
from tests.support.browser import a_browser

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


@pytest.fixture(scope="module")
def rooms(deployed: Deployed) -> Iterator[Rooms]:
    with a_browser() as browser:
        yield Rooms(deployed, browser)


@pytest.fixture(scope="module")
def links(rooms: Rooms) -> Mapping[str, str]:
    """A link to every screen."""
    made: dict[str, Callable[[], str]] = {
        "pending": rooms.request,
        "late": rooms.late,
        "ready": rooms.ready,
        "failed": lambda: rooms.ended(rooms.request(ready_after=0, final_state="CREATE_FAILED")),
        "timed_out": lambda: rooms.ended(rooms.request(deadlineSeconds=1)),
        "cancelled": rooms.cancelled,
        "expired": rooms.expired,
        "opened": rooms.opened,
    }
    found = {name: rooms.link(make()) for name, make in made.items()}
    return found | {"unknown": found["ready"][:-1]}


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


def test_a_stream_that_becomes_ready_says_so_by_itself_and_opens_once(rooms: Rooms, deployed: Deployed) -> None:
    request_id = rooms.request(ready_after=4, expirationInSeconds=3600)
    with rooms.visit(request_id) as page:
        assert (state_of(page), page.title()) == ("pending", "Waiting — Greenroom")
        page.get_by_role("progressbar").wait_for()
        until(page, "ready")
        assert page.title() == "Ready — Greenroom"
        # Nothing moves the focus of a person who reads.
        assert page.evaluate("document.activeElement === document.body")
        page.get_by_role("button", name="Open stream").click()
        url = arrived(page)
        page.go_back()
        until(page, "opened")

    message = deployed.message(request_id)["data"]
    assert url == message["url"]
    assert "waitingRoom" not in message
    # It was not to be claimed, so its owner still has it.
    _, _, shown = deployed.api.call("GET", f"streams/{request_id}")
    assert shown["url"] == url


def test_the_link_in_a_message_opens_a_stream_whose_url_is_to_be_claimed(rooms: Rooms, deployed: Deployed) -> None:
    request_id = rooms.ready(claim=True, waitingRoom=True)
    message = deployed.message(request_id)["data"]
    assert "url" not in message
    assert message["waitingRoom"]["expiresAt"] == message["expiresAt"]
    assert "waitingRoom" not in deployed.event(request_id)["detail"]["data"]
    with rooms.visitor() as visitor:
        page = enter(visitor, message["waitingRoom"]["url"])
        page.get_by_role("button").click()
        assert arrived(page).startswith("https://")
    assert deployed.api.call("POST", f"streams/{request_id}/claim")[0] == 410


def test_a_second_tab_says_that_it_was_opened_in_the_first(rooms: Rooms) -> None:
    link = rooms.link(rooms.ready())
    with rooms.visitor() as visitor:
        first, second = enter(visitor, link), enter(visitor, link)
        assert (state_of(first), state_of(second)) == ("ready", "ready")
        first.get_by_role("button").click()
        arrived(first)
        until(second, "opened")


def test_of_two_people_with_the_link_the_second_is_told_and_keeps_the_focus(rooms: Rooms) -> None:
    link = rooms.link(rooms.ready())
    with rooms.visitor() as visitor:
        page = enter(visitor, link)
        assert rooms.claim(link) == 200
        page.get_by_role("button").click()
        until(page, "opened")
        assert page.evaluate("document.activeElement.id") == "title"
    assert rooms.claim(link) == 410


def test_a_keyboard_is_enough(rooms: Rooms) -> None:
    with rooms.visit(rooms.ready()) as page:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.id") == "open"
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        page.keyboard.press("Enter")
        assert arrived(page)


def test_who_was_offline_meanwhile_sees_how_it_went(rooms: Rooms, deployed: Deployed) -> None:
    request_id = rooms.request()
    with rooms.visitor() as visitor:
        page = enter(visitor, rooms.link(request_id))
        visitor.set_offline(offline=True)
        page.get_by_text("No connection.").wait_for()
        deployed.api.call("DELETE", f"streams/{request_id}")
        assert state_of(page) == "pending"
        visitor.set_offline(offline=False)
        until(page, "cancelled")
        assert page.inner_text("#notice") == ""


def test_a_claim_without_a_connection_can_be_made_again(rooms: Rooms) -> None:
    with rooms.visitor() as visitor:
        page = enter(visitor, rooms.link(rooms.ready()))
        visitor.set_offline(offline=True)
        page.get_by_role("button").click()
        page.get_by_text("No connection.").wait_for()
        visitor.set_offline(offline=False)
        page.get_by_role("button", name="Open stream").click()
        assert arrived(page)


def test_a_reload_finds_the_wait_where_it_was_and_the_bar_no_further_back(rooms: Rooms) -> None:
    with rooms.visit(rooms.request()) as page:
        before = _reached(page)
        page.reload()
        until(page, "pending")
        assert _reached(page) >= before


def test_the_bar_waits_for_an_estimate_that_grows(rooms: Rooms, links: Mapping[str, str]) -> None:
    """The real answer, with other times in it."""
    now = 1_800_000_000
    times = {"now": now, "since": now - 60, "readyAt": now + 20, "latestReadyAt": now + 40}
    with rooms.visitor() as visitor:
        answer_with(visitor, times)
        page = enter(visitor, links["pending"])
        assert "About 20 seconds left" in page.inner_text("#left")
        before = _reached(page)
        answer_with(visitor, times | {"readyAt": now + 600, "latestReadyAt": now + 900})
        page.evaluate("dispatchEvent(new Event('online'))")
        page.get_by_text("About 10 minutes left").wait_for()
        assert _reached(page) >= before


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


def test_a_link_that_is_pasted_into_the_room_of_another_is_followed(rooms: Rooms, links: Mapping[str, str]) -> None:
    with rooms.visitor() as visitor:
        page = enter(visitor, links["opened"])
        page.goto(links["cancelled"])
        until(page, "cancelled")


def test_without_a_link_or_with_another_s_there_is_nothing_to_see(deployed: Deployed, links: Mapping[str, str]) -> None:
    url, token = links["ready"].split("#")
    for authorization in ({}, {"Authorization": f"Bearer {token[::-1]}"}, {"Authorization": f"Basic {token}"}):
        for method, path in (("GET", "stream"), ("POST", "stream/claim")):
            answer = deployed.http.request(method, f"{url}/{path}", headers=authorization)
            assert (answer.status, answer.headers["Content-Type"]) == (401, "application/problem+json")
    # The link opens its room, and no call of the owner's.
    bearer = {"Authorization": f"Bearer {token}"}
    assert deployed.http.request("GET", url.replace("waiting-room", "streams"), headers=bearer).status == 403


def test_no_log_has_a_link_or_a_url(rooms: Rooms, deployed: Deployed) -> None:
    request_id = rooms.ready(waitingRoom=True)
    link = rooms.link(request_id)
    secrets = [link.split("#")[1], deployed.message(request_id)["data"]["waitingRoom"]["url"].split("#")[1]]
    with rooms.visitor() as visitor:
        page = enter(visitor, link)
        page.get_by_role("button").click()
        secrets.append(arrived(page).rsplit("=", 1)[1])

    def written() -> list[str] | None:
        lines = [line for group in log_groups(deployed) for line in log_lines(deployed, group)]
        return lines if any("waiting-room/stream/claim" in line for line in lines) else None

    lines = eventually(written, "access log of the claim")
    assert {group for group in log_groups(deployed) if "API-Gateway-Execution-Logs" in group}
    assert not [line for line in lines if any(secret in line for secret in secrets)]


def _take_picture(page: Page, screen: str, kind: str) -> None:
    if PICTURES and ((screen, kind) in SHOWN or kind == "phone"):
        picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB").quantize(COLORS)
        picture.save(Path(PICTURES) / f"waiting-room-{screen}-{kind}.png", optimize=True)


def _reached(page: Page) -> float:
    """How far the bar is, of 100, once it is shown."""
    bar = page.locator("#bar[aria-valuenow]")
    bar.wait_for()
    return float(bar.get_attribute("aria-valuenow") or "")
