"""Somebody else's request: seen, cancelled, claimed, listed, taken over by its key or its id."""

from __future__ import annotations

import base64
import json
import uuid
from functools import partial
from typing import Any

import pytest

from tests.e2e.deployed import Deployed, eventually
from tests.security.conftest import ReadyStream
from tests.security.people import People, Person, may_invoke


def _ids(listed: tuple[int, Any, dict[str, Any]]) -> set[str]:
    assert listed[0] == 200, listed
    return {stream["id"] for stream in listed[2]["streams"]}


def _cursor(place: object, request_id: object) -> str:
    return base64.urlsafe_b64encode(json.dumps([place, request_id]).encode()).decode().rstrip("=")


def _batch(person: Person) -> str:
    """A batch of one request that begins in a hundred days."""
    body = {
        "requests": [{"provider": "nimble", "studioId": "studio", "sessionId": "session"}],
        "startAt": "2027-03-01T00:00:00Z",
    }
    status, _, made = person.call("POST", "batches", body)
    assert status == 202, made
    return str(made["id"])


def _is_there(deployed: Deployed, request_id: str) -> bool | None:
    """Whether an administrator finds a request."""
    return deployed.api.call("GET", f"streams/{request_id}")[0] == 200 or None


@pytest.fixture(scope="module")
def batch(alice: Person) -> str:
    return _batch(alice)


def test_nobody_else_sees_a_request(bob: Person, ready: ReadyStream, pending: str) -> None:
    """Look at somebody else's request, to read the URL.

    Stopped by the owner on record: 404 for everybody else.
    """
    assert [bob.call("GET", f"streams/{each}")[0] for each in (ready.id, pending)] == [404, 404]


def test_nobody_else_cancels_a_request(alice: Person, bob: Person, pending: str) -> None:
    """Cancel somebody else's request.

    Stopped by the owner on record.
    """
    assert bob.call("DELETE", f"streams/{pending}")[0] == 404
    assert alice.sees(pending)["state"] == "pending"


def test_nobody_else_claims_a_url(alice: Person, bob: Person) -> None:
    """Claim the URL of somebody else's request before they do.

    Stopped by the owner on record; a refused claim takes nothing.
    """
    request_id = alice.ask_for_ready(claim=True)
    assert bob.call("POST", f"streams/{request_id}/claim")[0] == 404
    assert alice.call("POST", f"streams/{request_id}/claim")[0] == 200


def test_a_url_is_claimed_once(alice: Person) -> None:
    """Replay a claim, with the very signature of the first.

    Stopped by one conditional write: the URL is gone, 410.
    """
    request_id = alice.ask_for_ready(claim=True)
    path = f"streams/{request_id}/claim"
    headers, url = alice.signed("POST", path), alice.deployed.outputs["ApiUrl"] + path
    answers = [alice.deployed.http.request("POST", url, body="", headers=headers) for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 410, 410]
    assert "url" not in alice.sees(request_id)


def test_another_s_request_and_none_look_alike(bob: Person, ready: ReadyStream) -> None:
    """Find out which ids exist by the answers to them.

    Stopped by one answer for both: status, headers and words.
    """
    absent = str(uuid.uuid4())
    theirs, nobodys = bob.call("GET", f"streams/{ready.id}"), bob.call("GET", f"streams/{absent}")
    assert theirs[0] == nobodys[0] == 404
    assert json.dumps(theirs[2]).replace(ready.id, absent) == json.dumps(nobodys[2])
    assert theirs[1].keys() == nobodys[1].keys()


def test_a_list_has_one_s_own_requests_only(alice: Person, bob: Person, ready: ReadyStream, pending: str) -> None:
    """Find somebody else's requests in the list, in any state, page by page.

    Stopped by the index that is read: that of the caller's own requests.
    """
    assert {ready.id, pending} <= _ids(alice.call("GET", "streams?limit=100"))
    for query in ("limit=100", "limit=100&state=ready", "limit=100&state=pending"):
        assert not {ready.id, pending} & _ids(bob.call("GET", f"streams?{query}"))


def test_a_list_of_another_owner_cannot_be_asked_for(alice: Person, bob: Person) -> None:
    """Name the owner whose requests are listed.

    Stopped by the closed set of parameters: what is not one of them is refused by name.
    """
    for name in ("owner", "user", "caller", "administrator", "Owner"):
        status, _, problem = bob.call("GET", f"streams?{name}={alice.arn.rsplit('/', 1)[1]}")
        assert (status, problem["errors"][0]["field"]) == (400, name)


def test_another_s_cursor_shows_nothing_of_theirs(alice: Person, bob: Person, ready: ReadyStream, pending: str) -> None:
    """Go on with the `next` of somebody else's list.

    Stopped by the key of the list, which is the caller; a cursor is a place in it.
    """
    _, _, page = alice.call("GET", "streams?limit=1")
    assert not {ready.id, pending} & _ids(bob.call("GET", f"streams?limit=100&next={page['next']}"))


def test_a_forged_cursor_shows_nothing_of_another_s(alice: Person, bob: Person, ready: ReadyStream) -> None:
    """Make a `next` that points just before somebody else's request.

    Stopped by the key of the list, which is the caller.
    """
    cursor = _cursor(alice.sees(ready.id)["createdAt"].replace("Z", ".000Z"), ready.id)
    assert ready.id not in _ids(bob.call("GET", f"streams?limit=100&next={cursor}"))
    assert ready.id not in _ids(bob.call("GET", f"streams?limit=100&next={_cursor('2099-01-01T00:00:00Z', ready.id)}"))


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "%00",
        "e30",
        _cursor("now", "id"),
        _cursor({"owner": "arn"}, "id"),
        _cursor("2026-11-24T00:00:00Z", {"S": "id"}),
        _cursor("2026-11-24T00:00:00Z", "i" * 81),
        _cursor("2026-11-24T00:00:00Z", ""),
        base64.urlsafe_b64encode(b"[" * 3000).decode().rstrip("="),
        _cursor("2026-11-24T00:00:00Z", ["a", "b"]),
        "A" * 4000,
    ],
    ids=lambda cursor: cursor[:12],
)
def test_a_cursor_that_is_none_is_refused(bob: Person, cursor: str) -> None:
    """Pass garbage as `next`: no base64, no JSON, nested lists, keys of DynamoDB.

    Stopped by its form: a time and an id, or 400.
    """
    status, _, problem = bob.call("GET", f"streams?next={cursor}")
    assert (status, problem["errors"][0]["field"]) == (400, "next")


def test_a_key_of_another_is_one_s_own(alice: Person, bob: Person) -> None:
    """Repeat somebody else's `Idempotency-Key` and body, to get their request's id and URL.

    Stopped by the id, which is made of the caller and the key.
    """
    request = {
        "provider": "nimble",
        "studioId": "studio",
        "sessionId": f"session-{uuid.uuid4().hex[:12]}",
        "deadlineSeconds": 5,
    }
    ids = {person.call("POST", "streams", request, Idempotency_Key="monday")[2]["id"] for person in (alice, bob)}
    assert len(ids) == 2


def test_a_key_that_spells_another_owner_is_no_way_in(alice: Person, bob: Person) -> None:
    """Make a key of which, with your own name before it, somebody else's id comes out.

    Stopped by the line break between the two, which neither may have in it.
    """
    for key in (f"{alice.arn}\\nmonday", f"batches of {alice.arn}", "k" * 256, "\t", "é"):
        status, _, answer = bob.call(
            "POST", "streams", {"provider": "nimble", "studioId": "s", "sessionId": "s"}, Idempotency_Key=key
        )
        if status == 202:
            assert bob.sees(answer["id"])["id"] == answer["id"]
            assert alice.call("GET", f"streams/{answer['id']}")[0] == 404
        else:
            assert status in {400, 403}


def test_nobody_else_sees_or_cancels_a_batch(alice: Person, bob: Person, batch: str) -> None:
    """Look at somebody else's batch, and cancel it.

    Stopped by the owner on record: 404 for everybody else.
    """
    assert [bob.call(method, f"batches/{batch}")[0] for method in ("GET", "DELETE")] == [404, 404]
    assert alice.call("GET", f"batches/{batch}")[2]["state"] == "scheduled"


def test_a_batch_s_key_of_another_is_one_s_own(alice: Person, bob: Person) -> None:
    """Repeat somebody else's `Idempotency-Key` of a batch.

    Stopped by the id, which is made of the caller and the key.
    """
    body = {
        "requests": [{"provider": "nimble", "studioId": "studio", "sessionId": "session"}],
        "startAt": "2027-03-01T00:00:00Z",
    }
    made = [person.call("POST", "batches", body, Idempotency_Key="shift") for person in (alice, bob)]
    assert {status for status, _, _ in made} == {202}
    assert len({answer["id"] for _, _, answer in made}) == 2


def test_a_request_s_id_is_no_batch_and_a_batch_s_no_request(alice: Person, batch: str, pending: str) -> None:
    """Use the id of one kind for the other, to get around what is asked of it.

    Stopped by two tables.
    """
    assert alice.call("GET", f"streams/{batch}")[0] == 404
    assert alice.call("DELETE", f"batches/{pending}")[0] == 404


def test_a_caller_does_not_choose_the_owner_the_id_or_the_state(bob: Person) -> None:
    """Say in the body who owns the request, which id it has, that it is ready, and where its URL is.

    Stopped by the closed set of fields: each is refused by name.
    """
    forged: dict[str, Any] = {
        "owner": "arn:aws:iam::000000000000:root",
        "id": "mine",
        "state": "ready",
        "url": "https://evil.example/",
        "batch": "mine",
        "expiresAt": "2099-01-01T00:00:00Z",
        "digest": "0",
        "delivered": [],
        "renew": "mine",
    }
    status, _, problem = bob.call(
        "POST", "streams", {"provider": "nimble", "studioId": "s", "sessionId": "s", **forged}
    )
    assert status == 400
    assert {error["field"] for error in problem["errors"]} == forged.keys()


def test_two_sessions_of_one_role_are_two_owners(deployed: Deployed, people: People) -> None:
    """Take on the role of a colleague under another session name, and read what they asked for.

    Stopped by the owner, which is the whole ARN with the session's name.
    """
    role = people.role("artists", may_invoke(deployed))
    ada, eve = people.session_of(role, "ada"), people.session_of(role, "eve")
    request_id = ada.ask(deadlineSeconds=5)
    assert ada.sees(request_id)["id"] == request_id
    assert eve.call("GET", f"streams/{request_id}")[0] == 404


def test_a_session_named_like_a_pattern_matches_nobody(deployed: Deployed, people: People, alice: Person) -> None:
    """Take on a role under a name that reads as a pattern or as somebody else, to be taken for them.

    Stopped by owners that are compared as they are; STS takes no `*` in a name.
    """
    role = people.role("artists", may_invoke(deployed))
    theirs = alice.ask(deadlineSeconds=5)
    for name in ("root", "alice", "admin", "a.=,@-"):
        assert people.session_of(role, name).call("GET", f"streams/{theirs}")[0] == 404


def test_a_request_without_an_owner_is_nobody_s(deployed: Deployed, bob: Person) -> None:
    """See, cancel and list what came by an event or by StartExecution, and has no owner.

    Stopped by the owner on record: none is not everybody. Only administrators see it.
    """
    request = {
        "provider": "nimble",
        "studioId": "studio",
        "sessionId": f"session-{uuid.uuid4().hex[:12]}",
        "deadlineSeconds": 60,
    }
    ids = deployed.put_event(request), deployed.start_execution(request)
    for request_id in ids:
        eventually(partial(_is_there, deployed, request_id), "request")
        assert [bob.call(method, f"streams/{request_id}")[0] for method in ("GET", "DELETE")] == [404, 404]
    assert not set(ids) & _ids(bob.call("GET", "streams?limit=100"))
