"""Requests of every state in the deployed stack, the links to their waiting rooms, and a browser to open them in."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Literal

from playwright.sync_api import Browser, BrowserContext, Page, Route

from greenroom.domain.values import to_iso
from local.cdk import ROOT
from tests.e2e.deployed import Deployed, eventually, new_session_id

AXE = ROOT / "node_modules/axe-core/axe.min.js"
LONG_AGO = "2026-01-01T00:00:00.000Z"
# The service makes URLs that lead nowhere; the browser gets this page from them.
STREAM = "<title>The stream</title>"
_STREAM_URL = re.compile("^https://")
Scheme = Literal["light", "dark"]


class Rooms:
    """The rooms of one deployment, and their visitors: each has a browser context of their own, unless they share."""

    def __init__(self, deployed: Deployed, browser: Browser) -> None:
        self._deployed = deployed
        self._browser = browser

    def request(self, *, ready_after: float | None = None, final_state: str = "READY", **fields: Any) -> str:
        """Ask for a stream that is ready after so many seconds, or never. Returns the request's id."""
        return self._deployed.ask({"readyAfterSeconds": ready_after, "finalState": final_state}, **fields)

    def ended(self, request_id: str) -> str:
        """The same id, once the outcome is announced."""
        self._deployed.message(request_id)
        return request_id

    def ready(self, **fields: Any) -> str:
        return self.ended(self.request(ready_after=0, expirationInSeconds=3600, **fields))

    def cancelled(self) -> str:
        request_id = self.request()
        self._deployed.api.call("DELETE", f"streams/{request_id}")
        return request_id

    def expired(self) -> str:
        request_id = self.ready()
        self._deployed.records.update_item(
            Key={"id": request_id},
            UpdateExpression="SET expiresAt = :then",
            ExpressionAttributeValues={":then": LONG_AGO},
        )
        return request_id

    def late(self) -> str:
        """A request that was made long ago and still waits; no flow is at work on it."""
        records, request_id = self._deployed.records, new_session_id("late")
        item = records.get_item(Key={"id": self.request()}, ConsistentRead=True)["Item"]
        records.put_item(Item=item | {"id": request_id, "createdAt": LONG_AGO, "waits": {}})
        return request_id

    def opened(self) -> str:
        request_id = self.ready()
        assert self.claim(self.link(request_id)) == 200
        return request_id

    def link(self, request_id: str) -> str:
        status, _, body = self._deployed.api.call("POST", f"streams/{request_id}/waiting-room")
        assert status == 201, body
        return str(body["url"])

    def claim(self, link: str) -> int:
        """The status of an answer to one who claims without the page."""
        url, token = link.split("#")
        headers = {"Authorization": f"Bearer {token}"}
        return self._deployed.http.request("POST", f"{url}/stream/claim", headers=headers).status

    @contextmanager
    def visitor(self, **options: Any) -> Iterator[BrowserContext]:
        """An error of the page's script, or a breach of its policy, is one of the test."""
        errors: list[str] = []
        context = self._browser.new_context(**{"viewport": {"width": 1200, "height": 750}, **options})
        context.route(_STREAM_URL, _answer_as_stream)
        context.on("weberror", lambda error: errors.append(str(error.error)))
        context.on("console", lambda said: errors.append(said.text) if "Security Policy" in said.text else None)
        yield context
        context.close()
        assert not errors

    @contextmanager
    def visit(self, request_id: str, **options: Any) -> Iterator[Page]:
        with self.visitor(**options) as context:
            yield enter(context, self.link(request_id))


class LinksToScreens(dict[str, str]):
    """A link to each screen, made when it is first asked for; of a pending request each time, since it gets late."""

    def __init__(self, rooms: Rooms) -> None:
        super().__init__()
        self._rooms = rooms
        self._made: Mapping[str, Callable[[], str]] = {
            "pending": rooms.request,
            "late": rooms.late,
            "ready": rooms.ready,
            "failed": lambda: rooms.ended(rooms.request(ready_after=0, final_state="CREATE_FAILED")),
            "timed_out": lambda: rooms.ended(rooms.request(deadlineSeconds=1)),
            "cancelled": rooms.cancelled,
            "expired": rooms.expired,
            "opened": rooms.opened,
        }

    def __missing__(self, screen: str) -> str:
        link = self["ready"][:-1] if screen == "unknown" else self._rooms.link(self._made[screen]())
        return link if screen == "pending" else self.setdefault(screen, link)


def enter(context: BrowserContext, link: str) -> Page:
    """Open a link in a new tab."""
    page = context.new_page()
    page.goto(link)
    page.locator('body:not([data-state="start"])').wait_for()
    return page


def state_of(page: Page) -> str:
    return str(page.evaluate("document.body.dataset.state"))


def until(page: Page, state: str) -> None:
    page.locator(f'body[data-state="{state}"]').wait_for()


def findings(page: Page) -> list[str]:
    """The violations that axe finds, each with its elements. The page's context must let axe in."""
    page.add_script_tag(path=AXE)
    found = page.evaluate("axe.run()")
    assert found["passes"]
    return [json.dumps([item["id"], [node["target"] for node in item["nodes"]]]) for item in found["violations"]]


def answer_with(context: BrowserContext, times: Mapping[str, int]) -> None:
    """Let the API's answers about the stream have these times, in seconds since 1970."""
    texts = {name: to_iso(datetime.fromtimestamp(seconds, UTC)) for name, seconds in times.items()}

    def alter(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json=answer.json() | texts)

    context.route("**/waiting-room/stream", alter)


def arrived(page: Page) -> str:
    """The URL of the stream, once the browser is there."""
    page.wait_for_url(_STREAM_URL)
    return eventually(lambda: page.url if page.title() == "The stream" else None, "page of the stream")


def _answer_as_stream(route: Route) -> None:
    route.fulfill(content_type="text/html", body=STREAM)
