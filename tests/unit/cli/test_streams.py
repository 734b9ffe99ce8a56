"""The commands for requests that are there."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.support.fake_api import Answer, FakeApi, problem, view
from tests.unit.cli.conftest import Terminal

URL = "https://stream.example/secret"
CLAIMED: dict[str, Any] = {"id": "r-1", "url": URL, "expiresAt": "2026-11-24T12:02:00Z", "secondsLeft": 90}
LINK = {"url": "https://api.example/v1/waiting-room#secret", "expiresAt": "2026-11-24T12:10:00Z"}


@pytest.mark.parametrize(
    ("state", "code"), [("pending", 0), ("ready", 0), ("failed", 1), ("cancelled", 1), ("timed_out", 124)]
)
def test_the_status_of_a_request_is_that_of_the_command(
    api: FakeApi, terminal: Terminal, state: str, code: int
) -> None:
    api.will_show(view(state))

    done = terminal.run("status", "r-1", "--json")

    assert (done.code, done.json) == (code, view(state))
    assert f"Request r-1 is {state.replace('_', ' ').replace('pending', 'waiting for nimble')}" in done.stderr


def test_status_can_wait_for_the_end(api: FakeApi, terminal: Terminal) -> None:
    api.will_show(view(), view(), view("ready", **CLAIMED))

    done = terminal.run("status", "r-1", "--follow", "--json")

    assert (done.code, done.json["url"]) == (0, URL)


def test_a_request_that_is_none_of_ones_own_is_told_as_the_api_tells_it(api: FakeApi, terminal: Terminal) -> None:
    api.will_answer("GET streams/r-1", problem(404, "There is no request r-1 of yours"))

    done = terminal.run("status", "r-1", "--json")

    assert (done.code, done.json["status"]) == (1, 404)
    assert "There is no request r-1 of yours" in done.stderr


def test_a_list_goes_on_from_page_to_page_until_it_has_what_was_asked_for(api: FakeApi, terminal: Terminal) -> None:
    first, second = (
        [view(request_id=f"r-{number}") for number in numbers] for numbers in (range(100), range(100, 120))
    )
    api.will_answer(
        "GET streams", Answer(200, {"streams": first, "next": "a/b="}), Answer(200, {"streams": second, "next": "c"})
    )

    done = terminal.run("list", "--state", "pending", "--batch", "b-1", "--limit", "120", "--json")

    assert [each["id"] for each in done.json["streams"]] == [f"r-{number}" for number in range(120)]
    queries = [parse_qs(urlsplit(call.path).query) for call in api.calls]
    assert queries == [
        {"state": ["pending"], "batch": ["b-1"], "limit": ["100"]},
        {"state": ["pending"], "batch": ["b-1"], "limit": ["100"], "next": ["a/b="]},
    ]


def test_a_list_for_people_has_a_line_a_request(api: FakeApi, terminal: Terminal) -> None:
    streams = [view(request_id="r-2"), view("timed_out", request_id="r-1")]
    api.will_answer("GET streams", Answer(200, {"streams": streams}))

    lines = terminal.run("list").stdout.splitlines()

    assert [(line.split()[0], line.split("nimble  ")[-1].strip()) for line in lines] == [
        ("r-2", "waiting for nimble"), ("r-1", "timed out"),
    ]  # fmt: skip


def test_a_state_that_does_not_exist_is_wrong_usage(api: FakeApi, terminal: Terminal) -> None:
    api.will_answer("GET streams", problem(400, "Wrong", {"field": "state", "detail": "must be one of: pending, …"}))

    done = terminal.run("list", "--state", "done")

    assert done.code == 2
    assert "state must be one of: pending, …" in done.stderr


def test_a_request_is_cancelled(api: FakeApi, terminal: Terminal) -> None:
    api.will_answer("DELETE streams/r-1", Answer(202, view("cancelled")))

    done = terminal.run("cancel", "r-1", "--json")

    assert (done.code, done.json["state"]) == (0, "cancelled")


def test_a_request_that_has_ended_is_not_cancelled(api: FakeApi, terminal: Terminal) -> None:
    api.will_answer("DELETE streams/r-1", problem(409, "Request r-1 has ended already: ready"))

    done = terminal.run("cancel", "r-1")

    assert done.code == 1
    assert "Request r-1 has ended already: ready" in done.stderr


def test_a_url_is_claimed(api: FakeApi, terminal: Terminal) -> None:
    api.will_answer("POST streams/r-1/claim", Answer(200, CLAIMED))

    done = terminal.run("claim", "r-1", "--json")

    assert (done.code, done.json) == (0, CLAIMED)


def test_a_url_is_not_claimed_for_a_pipe_that_could_not_show_it(api: FakeApi, terminal: Terminal) -> None:
    api.will_answer("POST streams/r-1/claim", Answer(200, CLAIMED))

    done = terminal.run("claim", "r-1")

    assert (done.code, api.calls) == (2, [])
    assert "--json" in done.stderr


def test_a_url_that_was_claimed_before_is_gone(api: FakeApi, terminal: Terminal) -> None:
    api.will_answer(
        "POST streams/r-1/claim", problem(410, "The URL of request r-1 was claimed already, or has expired")
    )

    done = terminal.run("claim", "r-1", "--json")

    assert (done.code, done.json["status"]) == (1, 410)


def test_a_waiting_room_is_a_link(api: FakeApi, terminal: Terminal) -> None:
    api.will_answer("POST streams/r-1/waiting-room", Answer(201, LINK))

    done = terminal.run("waiting-room", "r-1", "--json")

    assert (done.code, done.json) == (0, LINK)
    assert LINK["url"] not in done.stderr


def test_the_links_to_a_waiting_room_are_revoked(api: FakeApi, terminal: Terminal) -> None:
    api.will_answer("DELETE streams/r-1/waiting-room", Answer(204, {}))

    done = terminal.run("waiting-room", "r-1", "--revoke", "--json")

    assert (done.code, done.json) == (0, {"id": "r-1", "revoked": True})
    assert "No link to the waiting room of request r-1 works any more" in done.stderr


def test_links_of_somebody_else_s_request_are_not_revoked(api: FakeApi, terminal: Terminal) -> None:
    api.will_answer("DELETE streams/r-1/waiting-room", problem(404, "There is no request r-1 of yours"))

    done = terminal.run("waiting-room", "r-1", "--revoke")

    assert done.code == 1
    assert "There is no request r-1 of yours" in done.stderr


def test_the_link_of_a_waiting_room_is_not_shown_to_a_pipe(api: FakeApi, terminal: Terminal) -> None:
    api.will_answer("POST streams/r-1/waiting-room", Answer(201, LINK))

    done = terminal.run("waiting-room", "r-1")

    assert done.code == 0
    assert "secret" not in done.stdout + done.stderr
