"""`greenroom request`: what it asks for, what it shows, how it ends."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.fake_api import Answer, FakeApi, problem, view
from tests.support.own_package import ACME, forgotten_afterwards
from tests.unit.cli.conftest import Terminal

URL = "https://stream.example/secret"
READY: dict[str, Any] = {"url": URL, "expiresAt": "2026-11-24T12:02:00Z", "secondsLeft": 90}
NIMBLE = ("request", "nimble", "--studio-id", "studio", "--session-id", "s")


def asked(api: FakeApi) -> Any:
    (call,) = api.made("POST streams")
    return call.body


def test_the_outcome_with_its_url_is_the_last_line_and_the_status_is_0(api: FakeApi, terminal: Terminal) -> None:
    api.will_accept(view(), view(), view("ready", **READY))

    done = terminal.run(*NIMBLE, "--json")

    assert (done.code, done.json["state"], done.json["url"]) == (0, "ready", URL)
    assert asked(api) == {"provider": "nimble", "studioId": "studio", "sessionId": "s"}
    assert len(api.made("GET streams/r-1")) == 3


@pytest.mark.parametrize(("state", "code"), [("failed", 1), ("cancelled", 1), ("timed_out", 124)])
def test_the_status_says_how_a_request_without_a_stream_ended(
    api: FakeApi, terminal: Terminal, state: str, code: int
) -> None:
    api.will_accept(view(), view(state, error="SessionStopped", message="The session is STOPPED"))

    done = terminal.run(*NIMBLE, "--json")

    assert (done.code, done.json["state"]) == (code, state)
    assert "SessionStopped: The session is STOPPED" in done.stderr


def test_the_url_is_shown_neither_to_a_pipe_nor_on_stderr(api: FakeApi, terminal: Terminal) -> None:
    api.will_accept(view(), view("ready", **READY))

    done = terminal.run(*NIMBLE)

    assert done.code == 0
    assert URL not in done.stdout + done.stderr
    assert "greenroom status r-1 --json" in done.stdout


def test_a_pipe_gets_a_line_for_each_change_and_no_escape_codes(api: FakeApi, terminal: Terminal) -> None:
    creating = view(stream={"state": "CREATE_IN_PROGRESS"})
    api.will_accept(view(), creating, creating, view("ready", **READY))

    done = terminal.run(*NIMBLE, "--json")

    assert "\x1b" not in done.stdout + done.stderr
    shown = [line.split(" (")[0] for line in done.stderr.splitlines()]
    assert shown[:4] == [
        "Request r-1 was accepted", "waiting for nimble", "waiting for nimble: create in progress", "ready",
    ]  # fmt: skip


def test_quiet_shows_nothing_but_the_result(api: FakeApi, terminal: Terminal) -> None:
    api.will_accept(view(), view("ready", **READY))

    done = terminal.run(*NIMBLE, "--quiet", "--json")

    assert (done.stderr, len(done.stdout.splitlines())) == ("", 1)


def test_every_option_is_a_field_of_the_request(api: FakeApi, terminal: Terminal) -> None:
    api.will_accept(view())

    terminal.run(
        "request", "gameliftstreams", "--stream-group-id", "sg-1", "--application-id", "a-1",
        "--locations", "us-east-1", "--locations", "us-west-2", "--usage-limit", "3",
        "--notify", "sns", "--notify", "https://a.example/hook", "--notify", "websocket:c=1",
        "--deadline", "60", "--metadata", "ticket=A-17", "--metadata", "shift=1",
        "--claim", "--waiting-room", "--release-on-failure", "--detach",
    )  # fmt: skip

    assert asked(api) == {
        "provider": "gameliftstreams",
        "streamGroupId": "sg-1",
        "applicationId": "a-1",
        "locations": ["us-east-1", "us-west-2"],
        "usageLimit": 3,
        "notify": [
            {"type": "sns"},
            {"type": "webhook", "url": "https://a.example/hook"},
            {"type": "websocket", "connectionId": "c=1"},
        ],
        "deadlineSeconds": 60,
        "metadata": {"ticket": "A-17", "shift": "1"},
        "claim": True,
        "waitingRoom": True,
        "releaseOnFailure": True,
    }


def test_a_switch_that_is_not_given_is_left_to_the_deployment(api: FakeApi, terminal: Terminal) -> None:
    api.will_accept(view())
    fleet = ("request", "appstream", "--stack-name", "s", "--fleet-name", "f", "--user-id", "ada", "--detach")

    terminal.run(*fleet)
    terminal.run(*fleet, "--no-start-fleet", "--no-claim")

    first, second = (call.body for call in api.made("POST streams"))
    assert not {"startFleet", "claim"} & first.keys()
    assert (second["startFleet"], second["claim"]) == (False, False)


def test_a_wrong_value_gets_the_apis_words_under_its_option(api: FakeApi, terminal: Terminal) -> None:
    rule = "must be a whole number of seconds from 60 to 3600"
    errors = [
        {"field": "expirationInSeconds", "detail": rule},
        {"field": "notify[0].url", "detail": "must be an https URL, not http"},
    ]
    api.will_answer("POST streams", problem(400, "The request breaks 2 rules", *errors))

    done = terminal.run(*NIMBLE, "--expiration-in-seconds", "soon", "--notify", "http://a.example", "--json")

    assert done.code == 2
    assert f"--expiration-in-seconds {rule}" in done.stderr
    assert "--notify[0].url must be an https URL, not http" in done.stderr
    assert asked(api)["expirationInSeconds"] == "soon"
    assert [error["field"] for error in done.json["errors"]] == ["--expiration-in-seconds", "--notify[0].url"]


def test_required_options_that_are_missing_are_told_at_once_and_nothing_is_asked(
    api: FakeApi, terminal: Terminal
) -> None:
    done = terminal.run("request", "nimble")

    assert done.code == 2
    assert "--studio-id is required\n--session-id is required" in done.stderr
    assert api.calls == []


@pytest.mark.parametrize(
    "arguments", [("--notify", "nobody"), ("--metadata", "ticket"), ("--colour", "red")], ids=lambda words: words[0]
)
def test_what_cannot_be_read_is_wrong_usage(api: FakeApi, terminal: Terminal, arguments: tuple[str, str]) -> None:
    done = terminal.run(*NIMBLE, *arguments)

    assert (done.code, api.calls) == (2, [])
    assert arguments[0] in done.stderr


def test_a_provider_that_does_not_exist_is_wrong_usage(terminal: Terminal) -> None:
    done = terminal.run("request", "nimbel", "--json")

    assert done.code == 2
    assert "one of nimble, appstream, gameliftstreams, dcv, jupyterhub" in done.stderr


def test_options_may_stand_before_the_provider(api: FakeApi, terminal: Terminal) -> None:
    api.will_accept(view(), view("ready", **READY))

    done = terminal.run("request", "--json", "--studio-id", "studio", "nimble", "--session-id", "s")

    assert (done.code, done.json["url"]) == (0, URL)


def test_a_value_by_the_name_of_a_provider_is_a_value(api: FakeApi, terminal: Terminal) -> None:
    api.will_accept(view())

    terminal.run("request", "jupyterhub", "--user", "nimble", "--detach")
    done = terminal.run("request", "./nowhere", "--user", "nimble", "--detach")

    assert asked(api) == {"provider": "jupyterhub", "user": "nimble"}
    assert (done.code, "./nowhere must be the directory of a provider" in done.stderr) == (2, True)


def test_the_directory_of_a_provider_of_ones_own_is_a_provider(api: FakeApi, terminal: Terminal) -> None:
    api.will_accept(view())

    with forgotten_afterwards():
        done = terminal.run("request", str(ACME), "--user", "ada", "--expiration-in-seconds", "120", "--detach")

    assert done.code == 0
    assert asked(api) == {"provider": "acme", "user": "ada", "expirationInSeconds": 120}


def test_a_lost_answer_makes_no_second_stream(api: FakeApi, terminal: Terminal) -> None:
    api.will_accept(view(), view("ready", **READY))
    api.will_answer("POST streams", Answer(lost=True), Answer(202, view()))

    done = terminal.run(*NIMBLE, "--json")

    assert done.code == 0
    first, second = api.made("POST streams")
    assert first.body == second.body
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"]


def test_two_commands_are_two_requests_unless_they_have_one_key(api: FakeApi, terminal: Terminal) -> None:
    api.will_accept(view())

    for more in ((), (), ("--idempotency-key", "ticket-A-17"), ("--idempotency-key", "ticket-A-17")):
        terminal.run(*NIMBLE, "--detach", *more)

    keys = [call.headers["Idempotency-Key"] for call in api.made("POST streams")]
    assert len(set(keys)) == 3
    assert keys[2:] == ["ticket-A-17"] * 2


def test_detached_it_tells_the_id_and_waits_for_nothing(api: FakeApi, terminal: Terminal) -> None:
    api.will_accept(view(), view("ready", **READY))

    done = terminal.run(*NIMBLE, "--detach", "--json")

    assert (done.code, done.json["id"], done.json["state"]) == (0, "r-1", "pending")
    assert "greenroom status r-1 --follow" not in done.stdout
    assert api.made("GET streams/r-1") == []


def test_a_request_to_be_claimed_is_not_claimed_by_waiting_for_it(api: FakeApi, terminal: Terminal) -> None:
    api.will_accept(view(), view("ready"))

    done = terminal.run(*NIMBLE, "--claim", "--json")

    assert (done.code, done.json["state"]) == (0, "ready")
    assert "url" not in done.json
    assert "greenroom claim r-1" in done.stderr
    assert api.made("POST streams/r-1/claim") == []


def test_open_opens_the_url_and_claims_it_where_it_is_to_be_claimed(
    api: FakeApi, terminal: Terminal, tmp_path: Any
) -> None:
    api.will_accept(view(), view("ready"))
    api.will_answer("POST streams/r-1/claim", Answer(200, {"id": "r-1", **READY}))
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/opened\n')
    browser.chmod(0o755)

    done = terminal.run(*NIMBLE, "--claim", "--open", "--json", BROWSER=f"{browser} %s")

    assert (done.code, done.json["url"]) == (0, URL)
    assert (tmp_path / "opened").read_text().strip() == URL
    assert URL not in done.stderr


def test_an_api_that_does_not_answer_is_named(terminal: Terminal) -> None:
    done = terminal.run("claim", "r-1", "--json", ApiUrl="http://127.0.0.1:9/v1/")

    assert done.code == 1
    assert "http://127.0.0.1:9/v1/ does not answer" in done.stderr
