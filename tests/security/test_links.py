"""Links to the waiting room: guessed, changed, ended, used for something else, opened twice."""

from __future__ import annotations

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import urllib3

from greenroom.adapters.signed_links import SignedLinks
from greenroom.domain.values import utc_now
from tests.e2e.deployed import Deployed
from tests.security.conftest import ReadyStream
from tests.security.people import Person, send

ROOM = "waiting-room/stream"


def _enter(deployed: Deployed, token: str, call: str = "GET", scheme: str = "Bearer") -> urllib3.BaseHTTPResponse:
    path = f"{ROOM}/claim" if call == "POST" else ROOM
    return send(deployed, call, path, headers={"Authorization": f"{scheme} {token}"})


def _statuses(deployed: Deployed, *tokens: str) -> set[int]:
    """What comes of these tokens, whether the stream is only seen or opened."""
    return {_enter(deployed, token, call).status for token in tokens for call in ("GET", "POST")}


def _secret(deployed: Deployed, output: str) -> str:
    found = deployed.client("secretsmanager").get_secret_value(SecretId=deployed.outputs[output])
    return str(found["SecretString"])


def _encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.fixture(scope="module")
def token(alice: Person, ready: ReadyStream) -> str:
    return alice.link(ready.id).split("#")[1]


def test_without_a_link_there_is_nothing_to_see(deployed: Deployed) -> None:
    """Enter the waiting room without a link, with an empty one, or with somebody's id in its place.

    Stopped by the link itself: nothing is looked up before one is verified.
    """
    assert send(deployed, "GET", ROOM).status == 401
    assert send(deployed, "POST", f"{ROOM}/claim").status == 401
    assert _statuses(deployed, "", ".", "null", "undefined") == {401}


def test_a_guessed_link_opens_nothing(deployed: Deployed, ready: ReadyStream) -> None:
    """Guess a link: the request's id with no signature, an empty one, or one of zeros.

    Stopped by the HMAC-SHA256 over the request's id and the link's end.
    """
    payload = _encoded([ready.id, 2**31])
    guesses = (ready.id, payload, f"{payload}.", f"{payload}.{'A' * 43}", f"{payload}.{_encoded('')}")
    assert _statuses(deployed, *guesses) == {401}


def test_a_link_that_was_changed_anywhere_opens_nothing(deployed: Deployed, token: str) -> None:
    """Change one character of a link, at its begin, in its middle, at its end, or cut it.

    Stopped by the HMAC, which covers every character.
    """
    places = (0, len(token) // 2, token.index(".") + 1, len(token) - 5)
    changed = [token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :] for at in places]
    assert _statuses(deployed, *changed, token[:-1], token[1:], token + "A", token[::-1]) == {401}


def test_a_link_is_for_no_other_request(deployed: Deployed, token: str, pending: str) -> None:
    """Put another request's id into a link and keep its signature.

    Stopped by the HMAC, which covers the id.
    """
    payload, signature = token.split(".")
    _, expires_at = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert _statuses(deployed, f"{_encoded([pending, expires_at])}.{signature}") == {401}


def test_a_link_does_not_last_longer_than_it_says(deployed: Deployed, token: str, ready: ReadyStream) -> None:
    """Put a later end into a link and keep its signature.

    Stopped by the HMAC, which covers the link's end.
    """
    assert _statuses(deployed, f"{_encoded([ready.id, 2**33])}.{token.split('.')[1]}") == {401}


def test_a_link_that_has_ended_opens_nothing(deployed: Deployed, ready: ReadyStream) -> None:
    """Use a true link after its end, from a browser's history.

    Stopped by the end that is signed with it.
    """
    links = SignedLinks([_secret(deployed, "LinkSecretArn")].copy)
    past, future = (utc_now() + timedelta(seconds=seconds) for seconds in (-2, 60))
    assert _enter(deployed, links.sign(ready.id, future, 0)).status == 200
    assert _statuses(deployed, links.sign(ready.id, past, 0)) == {401}


def test_a_link_signed_by_another_secret_opens_nothing(deployed: Deployed, ready: ReadyStream) -> None:
    """Sign a link with a secret that other people know: the one of the webhooks, an empty one.

    Stopped by a secret that only links have.
    """
    end = utc_now() + timedelta(hours=1)
    for secret in (_secret(deployed, "WebhookSecretArn"), "", "secret"):
        assert _statuses(deployed, SignedLinks([secret].copy).sign(ready.id, end, 0)) == {401}


def test_a_link_is_no_password_cookie_or_parameter(deployed: Deployed, token: str) -> None:
    """Pass a true link in places that end in logs, or go along by themselves: the query, a cookie, Basic.

    Stopped by the one place where a link is read: the Authorization header, as Bearer.
    """
    assert _enter(deployed, token, scheme="Basic").status == 401
    assert send(deployed, "GET", f"{ROOM}?token={token}&access_token={token}").status == 401
    assert send(deployed, "GET", ROOM, headers={"Cookie": f"token={token}; Authorization=Bearer {token}"}).status == 401


def test_a_link_opens_no_call_of_the_owner(deployed: Deployed, token: str, ready: ReadyStream) -> None:
    """Cancel, claim, list and look with a link in place of a signature.

    Stopped by API Gateway: every method but those of the waiting room wants SigV4.
    """
    bearer = {"Authorization": f"Bearer {token}"}
    calls = [("GET", f"streams/{ready.id}"), ("DELETE", f"streams/{ready.id}"), ("GET", "streams"), ("POST", "streams")]
    calls += [("POST", f"streams/{ready.id}/claim"), ("POST", f"streams/{ready.id}/waiting-room"), ("GET", "schedules")]
    assert {send(deployed, method, path, headers=bearer).status for method, path in calls} == {403}


def test_a_signature_is_no_link(bob: Person) -> None:
    """Enter the waiting room with a caller's SigV4 signature in place of a link.

    Stopped by the waiting room, which knows links and no callers.
    """
    assert bob.call("GET", ROOM)[0] == 401
    assert bob.call("POST", f"{ROOM}/claim")[0] == 401


def test_only_the_owner_makes_links(bob: Person, ready: ReadyStream, pending: str) -> None:
    """Ask for a link to somebody else's request.

    Stopped by the owner on record: for everybody else there is no such request.
    """
    assert [bob.call("POST", f"streams/{each}/waiting-room")[0] for each in (ready.id, pending)] == [404, 404]


def test_a_link_opens_its_stream_once(deployed: Deployed, alice: Person) -> None:
    """Open a stream by its link twice, at the same moment: eight at once.

    Stopped by one conditional write: one gets the URL, the others 410.
    """
    token = alice.link(alice.ask_for_ready()).split("#")[1]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: _enter(deployed, token, "POST").status, range(8)))
    assert sorted(answers) == [200, *[410] * 7]


def test_a_link_and_its_owner_share_one_claim(deployed: Deployed, alice: Person) -> None:
    """Open a stream by its link, and claim it again as its owner.

    Stopped by the claim, which is one for both.
    """
    request_id = alice.ask_for_ready(claim=True)
    token = alice.link(request_id).split("#")[1]
    assert _enter(deployed, token, "POST").status == 200
    assert alice.call("POST", f"streams/{request_id}/claim")[0] == 410
    assert _enter(deployed, token, "POST").status == 410


def test_a_room_says_nothing_of_its_request(deployed: Deployed, alice: Person) -> None:
    """Read a request's id, owner, metadata and URL off the answer to a link that may only see how far it is.

    Stopped by the view, which has a state and times.
    """
    request_id = alice.ask_for_ready(metadata={"note": "<script>alert(1)</script>"})
    shown = _enter(deployed, alice.link(request_id).split("#")[1])
    assert shown.status == 200
    told = shown.data.decode()
    assert not [word for word in (request_id, alice.arn, "script", "studio", "https://") if word in told]


def test_the_page_of_the_room_takes_nothing_from_its_visitor(deployed: Deployed) -> None:
    """Bring a script into the waiting room's page: by the query, by headers, by a path below it.

    Stopped by a page that is the same for everybody, under a policy that runs the one script it has.
    """
    script = "<script>alert(document.domain)</script>"
    plain = send(deployed, "GET", "waiting-room")
    headers = {"Referer": script, "User-Agent": script, "X-Forwarded-Host": script, "Accept-Language": script}
    bent = send(deployed, "GET", f"waiting-room?q={script}&lang={script}&state={script}", headers=headers)

    assert (plain.status, plain.data) == (200, bent.data)
    policy = plain.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "'unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


def test_a_link_leads_to_our_own_page_whatever_host_the_call_names(
    deployed: Deployed, alice: Person, pending: str
) -> None:
    """Name another host in the call that makes a link, so that the link leads there.

    Stopped by the API's own address, which no header of a call changes.
    """
    evil = "evil.example"
    headers = {"X_Forwarded_Host": evil, "Forwarded": f"host={evil}", "X_Original_URL": f"https://{evil}/"}
    _, _, made = alice.call("POST", f"streams/{pending}/waiting-room", None, **headers)
    assert made["url"].startswith(f"{deployed.outputs['ApiUrl']}waiting-room#")


def test_no_cache_keeps_an_answer_of_the_room(deployed: Deployed, alice: Person) -> None:
    """Find the answer with a stream's URL in a cache between the browser and the API, or have a cookie stand in later.

    Stopped by `Cache-Control: no-store`, and no cookies at all.
    """
    token = alice.link(alice.ask_for_ready()).split("#")[1]
    for answer in (_enter(deployed, token), _enter(deployed, token, "POST")):
        assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store")
        assert "Set-Cookie" not in answer.headers
