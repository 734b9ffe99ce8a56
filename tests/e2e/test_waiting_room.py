"""A person's ways through the waiting room of the deployed stack, in a real Chromium."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from playwright.sync_api import Page

from tests.e2e.deployed import Deployed
from tests.e2e.rooms import Rooms, answer_with, arrived, enter, state_of, until


def test_a_stream_that_becomes_ready_says_so_by_itself_and_opens_once(rooms: Rooms, deployed: Deployed) -> None:
    request_id = rooms.request(ready_after=4, expirationInSeconds=3600)
    with rooms.visit(request_id) as page:
        assert (state_of(page), page.title()) == ("pending", "Waiting — Greenroom")
        page.get_by_role("progressbar").wait_for()
        assert page.evaluate("document.getAnimations().length") > 0
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


@pytest.mark.parametrize(("screen", "then"), [("ready", "expired"), ("pending", "unknown"), ("failed", "failed")])
def test_a_link_that_ends_while_the_page_is_open_takes_back_nothing_that_is_still_true(
    rooms: Rooms, links: Mapping[str, str], screen: str, then: str
) -> None:
    with rooms.visitor() as visitor:
        page = enter(visitor, links[screen])
        visitor.route("**/waiting-room/stream", lambda route: route.fulfill(status=401, json={"status": 401}))
        with page.expect_response("**/waiting-room/stream"):
            page.evaluate("dispatchEvent(new Event('online'))")
        until(page, then)


def test_a_link_that_is_pasted_into_the_room_of_another_is_followed(rooms: Rooms, links: Mapping[str, str]) -> None:
    with rooms.visitor() as visitor:
        page = enter(visitor, links["opened"])
        page.goto(links["cancelled"])
        until(page, "cancelled")


def _reached(page: Page) -> float:
    """How far the bar is, of 100, once it is shown."""
    bar = page.locator("#bar[aria-valuenow]")
    bar.wait_for()
    return float(bar.get_attribute("aria-valuenow") or "")
