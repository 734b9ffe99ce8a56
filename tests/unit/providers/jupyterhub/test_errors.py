"""What a hub answers when it is not well, or another one than ours; a receiver plays it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from greenroom.domain.errors import (
    EndpointUnreachable,
    MalformedAnswer,
    ServiceFailed,
    ServiceRefused,
    StreamNotReady,
    ThrottlingException,
)
from greenroom.domain.values import Status
from greenroom.providers.gate import GatedProvider
from local.processes import free_port
from tests.support.receiver import Answer, Receiver
from tests.unit.providers.jupyterhub.conftest import MakePlug, fields
from tests.unit.providers.starts import Starts, starting

TOKEN, AGE = "0" * 64, timedelta(0)
CALLS: dict[str, Callable[[GatedProvider], object]] = {
    "prepare": lambda hub: hub.prepare(fields(), TOKEN, starting),
    "create": lambda hub: hub.create(fields(), TOKEN),
    "describe": lambda hub: hub.describe(fields(), "demo/", AGE),
    "connect": lambda hub: hub.connect(fields(), "demo/"),
    "release": lambda hub: hub.release(fields(), "demo/", TOKEN),
}
ALREADY_STOPPING = "demo is pending stop"


def server(**state: Any) -> Answer:
    """The user, with a default server in this state."""
    found = {"name": "", "ready": False, "pending": None, "started": None, "url": "/user/demo/", **state}
    return said(200, {"name": "demo", "servers": {"": found}})


def said(status: int, body: Any, **headers: str) -> Answer:
    return Answer(status, json.dumps(body).encode(), headers)


@pytest.mark.parametrize("pending", ["stop", "check", "rename", "something-new"])
def test_a_server_that_is_neither_stopped_nor_started_is_waited_for(
    pending: str, played: GatedProvider, api: Receiver
) -> None:
    api.answers = [server(pending=pending)]
    starts = Starts()
    prepared = played.prepare(fields(), TOKEN, starts)
    assert (prepared.status, prepared.state, starts.noted) == (Status.PENDING, pending, 0)
    assert played.describe(fields(), "demo/", AGE).status is Status.PENDING
    with pytest.raises(StreamNotReady):
        played.connect(fields(), "demo/")


def test_a_start_during_a_stop_has_made_nothing_and_is_asked_for_again(played: GatedProvider, api: Receiver) -> None:
    api.answers = [said(400, {"message": ALREADY_STOPPING}), server(pending="stop")]
    created = played.create(fields(), TOKEN)
    assert (created.status, created.state, created.stream_id) == (Status.PENDING, "stop", None)
    assert created.detail == ALREADY_STOPPING


def test_a_hub_that_waits_for_the_server_itself_has_it_ready_at_once(played: GatedProvider, api: Receiver) -> None:
    api.answers = [Answer(201), server(ready=True, started="2026-11-24T12:00:00Z")]
    created = played.create(fields(), TOKEN)
    assert created.status is Status.READY
    assert created.stream == {"state": "ready", "streamId": "demo/", "createdAt": "2026-11-24T12:00:00Z"}


@pytest.mark.parametrize(
    "words", ["Named servers are not enabled.", "User demo already has the maximum of 1 named servers."]
)
def test_a_server_that_may_not_be_is_refused(words: str, played: GatedProvider, api: Receiver) -> None:
    api.answers = [said(400, {"message": words}), said(200, {"servers": {}})]
    with pytest.raises(ServiceRefused, match=rf"^ServerNotStarted: .*{words} \(check the field serverName\)"):
        played.create(fields(serverName="second"), TOKEN)


def test_too_many_starts_at_a_time_pass_by_themselves(played: GatedProvider, api: Receiver) -> None:
    words = "Too many users trying to log in right now. Try again in 30 seconds."
    api.answers = [said(429, {"message": words}, **{"Retry-After": "30"})]
    with pytest.raises(ThrottlingException, match="Too many users"):
        played.create(fields(), TOKEN)


@pytest.mark.parametrize("ask", CALLS, ids=CALLS)
def test_a_fault_of_the_hub_may_pass(ask: str, played: GatedProvider, api: Receiver) -> None:
    api.will_answer(500, {"message": "Internal Server Error"})
    with pytest.raises(ServiceFailed, match=rf"^HubFailed: {api.url} failed: .*status 500"):
        CALLS[ask](played)


@pytest.mark.parametrize("ask", CALLS, ids=CALLS)
@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_hub_that_is_not_there_behind_its_proxy_is_waited_for(
    status: int, ask: str, played: GatedProvider, api: Receiver
) -> None:
    api.will_answer(status, b"<html>Bad Gateway")
    with pytest.raises(EndpointUnreachable, match=rf"^{api.url} is unavailable: .*status {status}"):
        CALLS[ask](played)


def test_a_start_that_failed_has_the_last_words_of_its_progress(played: GatedProvider, api: Receiver) -> None:
    event = {
        "progress": 100,
        "failed": True,
        "message": "Spawn failed: Server at http://10.0.0.1:1/user didn't respond",
    }
    stream = f"data: {json.dumps({'progress': 50, 'message': 'Starting'})}\n\ndata: {json.dumps(event)}\n\n"
    progress = Answer(200, stream.encode(), {"Content-Type": "text/event-stream"})
    api.answers = [server(), progress]
    failed = played.describe(fields(), "demo/", AGE)
    assert (failed.status, failed.detail) == (Status.FAILED, "Spawn failed: Server at <url> didn't respond")


def test_without_such_words_a_server_was_stopped_or_its_start_forgotten(played: GatedProvider, api: Receiver) -> None:
    api.answers = [server(), said(404, {"message": None})]
    stopped = played.describe(fields(), "demo/", AGE)
    assert (stopped.status, stopped.detail, stopped.forgotten) == (Status.FAILED, "The server was stopped", True)


def test_a_hub_that_goes_away_before_it_says_why_is_waited_for(played: GatedProvider, api: Receiver) -> None:
    api.answers = [server(), Answer(503)]
    with pytest.raises(EndpointUnreachable, match=api.url):
        played.describe(fields(), "demo/", AGE)


def test_a_start_that_is_forgotten_at_once_is_looked_at_again(played: GatedProvider, api: Receiver) -> None:
    api.answers = [Answer(202), server(), said(400, {"message": "demo is not starting"})]
    created = played.create(fields(), TOKEN)
    assert (created.status, created.stream_id) == (Status.PENDING, "demo/")


@pytest.mark.parametrize("ask", CALLS, ids=CALLS)
def test_where_there_is_no_hub_the_setting_is_named_and_nothing_is_taken_for_gone(
    ask: str, played: GatedProvider, api: Receiver
) -> None:
    """Its proxy may have started before it: a few attempts later there is one."""
    api.will_answer(404, b"<html>Not Found")
    with pytest.raises(ServiceFailed, match=rf"^HubNotFound: .*{api.url}; check the setting jupyterhubUrl"):
        CALLS[ask](played)


def test_any_other_refusal_has_the_hubs_words(played: GatedProvider, api: Receiver) -> None:
    api.will_answer(405, {"message": "Method Not Allowed"})
    with pytest.raises(ServiceRefused, match=r"^HubRefused: .*Method Not Allowed \(status 405\)"):
        played.prepare(fields(), TOKEN, starting)


@pytest.mark.parametrize("body", [[], {"servers": []}, {"servers": {"": {"ready": "very"}}}, b"<html>"])
def test_another_protocol_is_malformed(body: Any, played: GatedProvider, api: Receiver) -> None:
    api.will_answer(200, body)
    with pytest.raises(MalformedAnswer, match=api.url):
        played.prepare(fields(), TOKEN, starting)


def test_a_hub_that_is_away_is_named(make_plug: MakePlug) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(EndpointUnreachable, match=url):
        make_plug(url).prepare(fields(), TOKEN, starting)


def test_a_token_of_unknown_life_ends_when_it_was_asked_to(played: GatedProvider, api: Receiver) -> None:
    api.answers = [server(ready=True), said(201, {"id": "a1", "token": "way-in"})]
    before = datetime.now(UTC)
    url = played.connect(fields(expirationInSeconds=60), "demo/")
    assert before + timedelta(seconds=59) <= url.expires_at <= datetime.now(UTC) + timedelta(seconds=60)
    assert url.url == f"{api.url}/user/demo/lab?token=way-in"
    asked = json.loads(api.received[1].body)
    assert asked == {"expires_in": 60, "note": "Greenroom, for demo/", "scopes": ["access:servers!server=demo/"]}


def test_the_expiry_is_what_the_hub_tells_and_never_later(played: GatedProvider, api: Receiver) -> None:
    made = {"id": "a1", "token": "way-in", "expires_at": "2026-11-24T12:00:59.987654Z"}
    api.answers = [server(ready=True), said(201, made)]
    assert played.connect(fields(), "demo/").expires_at == datetime(2026, 11, 24, 12, 0, 59, tzinfo=UTC)


def test_a_life_that_the_hub_does_not_grant_names_the_field(played: GatedProvider, api: Receiver) -> None:
    words = "token expires_in: 86400 must not exceed 3600"
    api.answers = [server(ready=True), said(400, {"message": words})]
    with pytest.raises(ServiceRefused, match=rf"^TokenRefused: .*{words} \(check the field expirationInSeconds\)"):
        played.connect(fields(expirationInSeconds=86400), "demo/")


@pytest.mark.parametrize("body", [{"id": "a1", "token": ""}, {"id": "a1"}, {"token": "way-in", "expires_at": "soon"}])
def test_a_token_that_cannot_be_read_is_malformed_and_not_quoted(
    body: dict[str, str], played: GatedProvider, api: Receiver
) -> None:
    api.answers = [server(ready=True), said(201, body)]
    with pytest.raises(MalformedAnswer) as caught:
        played.connect(fields(), "demo/")
    assert "way-in" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_a_server_that_cannot_be_stopped_yet_is_stopped_later(played: GatedProvider, api: Receiver) -> None:
    refusal = said(400, {"message": "Cannot stop a server while it is being renamed"})
    api.answers = [said(200, {"api_tokens": []}), refusal, server(pending="rename")]
    with pytest.raises(ServiceFailed, match=r"^ServerNotStopped: .*being renamed"):
        played.release(fields(), "demo/", TOKEN)


def test_a_refusal_to_stop_what_does_not_run_is_no_failure(played: GatedProvider, api: Receiver) -> None:
    api.answers = [said(200, {"api_tokens": []}), said(400, {"message": "demo is not running"}), server()]
    played.release(fields(), "demo/", TOKEN)


def test_a_slow_stop_goes_on_without_us(played: GatedProvider, api: Receiver) -> None:
    tokens = [{"id": "a1", "note": "Greenroom, for demo/"}, {"id": "a2", "note": "Mine"}, {"id": "a3", "note": None}]
    api.answers = [said(200, {"api_tokens": tokens}), Answer(204), Answer(202)]
    played.release(fields(), "demo/", TOKEN)
    assert [call.path for call in api.received] == [
        "/hub/api/users/demo/tokens",
        "/hub/api/users/demo/tokens/a1",
        "/hub/api/users/demo/server",
    ]


def test_names_are_one_segment_of_the_path_each(played: GatedProvider, api: Receiver) -> None:
    api.answers = [Answer(202), server(pending="spawn")]
    played.create(fields("Ada L?#%", serverName="ü:1"), TOKEN)
    assert [call.path for call in api.received] == [
        "/hub/api/users/Ada%20L%3F%23%25/servers/%C3%BC%3A1",
        "/hub/api/users/Ada%20L%3F%23%25?include_stopped_servers=1",
    ]


def test_the_hub_is_called_with_the_token_and_errors_do_not_show_it(played: GatedProvider, api: Receiver) -> None:
    api.will_answer(403, {"message": "no"})
    with pytest.raises(ServiceRefused) as caught:
        played.prepare(fields(), TOKEN, starting)
    assert {call.headers["authorization"] for call in api.received} == {"token t0ken"}
    assert "t0ken" not in str(caught.value)
