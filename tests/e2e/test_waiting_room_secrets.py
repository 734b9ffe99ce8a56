"""The secret of a link: what it opens, what it does not, and where it is not written."""

from __future__ import annotations

from collections.abc import Mapping

from playwright.sync_api import Request

from tests.e2e.deployed import Deployed
from tests.e2e.logs import log_groups, log_lines
from tests.e2e.rooms import Rooms, arrived, enter


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
        asked: list[Request] = []
        visitor.on("request", lambda request: asked.append(request))  # noqa: PLW0108  # Playwright takes no built-in
        page = enter(visitor, link)
        page.get_by_role("button").click()
        secrets.append(arrived(page).rsplit("=", 1)[1])
    groups = log_groups(deployed)
    written = [line for group in groups for line in log_lines(deployed, group)]
    assert any(request_id in line for line in written)
    assert not [line for line in written if any(secret in line for secret in secrets)]
    # What stands between the browser and the function may log the addresses of the calls, as API Gateway does.
    addresses = [request.url for request in asked if "/waiting-room" in request.url.partition("#")[0]]
    assert len(addresses) >= 3
    assert not [url for url in addresses if any(secret in url.partition("#")[0] for secret in secrets)]
