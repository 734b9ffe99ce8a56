"""What a caller can find out of others by lists and pools, and what a cache can keep of an answer."""

from __future__ import annotations

import uuid

from greenroom.domain.values import to_iso, utc_now
from tests.e2e.deployed import Deployed, eventually
from tests.security.conftest import ReadyStream
from tests.security.people import Person


def test_the_members_of_another_s_batch_are_not_listed(alice: Person, bob: Person) -> None:
    """List the requests of somebody else's batch, to read the ids of its members off `next`.

    Stopped by the owner of the batch: 404, as for the batch itself.
    """
    sessions = [
        {"provider": "nimble", "studioId": "studio", "sessionId": f"session-{uuid.uuid4().hex[:12]}"} for _ in range(2)
    ]
    for session in sessions:
        alice.deployed.set_session(session["sessionId"], readyAfterSeconds=None)
    _, _, made = alice.call("POST", "batches", {"requests": sessions, "startAt": to_iso(utc_now())})
    path = f"streams?batch={made['id']}&limit=1"
    eventually(lambda: alice.call("GET", path)[2]["streams"] or None, "submitted request")
    status, _, answer = bob.call("GET", path)
    assert (status, "next" in answer, "streams" in answer) == (404, False, False)
    assert bob.call("GET", "streams?batch=no-such-batch")[0] == 404
    assert alice.call("DELETE", f"batches/{made['id']}")[0] == 202


def test_pools_are_shown_to_those_who_use_them(deployed: Deployed, alice: Person, bob: Person) -> None:
    """Read off the schedules which studios, fleets and users others ask for.

    Stopped by the owner: a caller sees the pools of its own requests, administrators all.
    """
    studio = f"studio-{uuid.uuid4().hex[:8]}"
    session_id = f"session-{uuid.uuid4().hex[:12]}"
    # A wait is seen only if the stream was looked at before it was ready.
    deployed.set_session(session_id, readyAfterSeconds=2)
    deployed.message(alice.ask(studioId=studio, sessionId=session_id))

    def learned() -> bool | None:
        return studio in str(deployed.api.call("GET", "schedules")[2]) or None

    eventually(learned, "pool that was learned")
    assert studio in str(alice.call("GET", "schedules")[2])
    status, _, shown = bob.call("GET", "schedules")
    assert (status, studio in str(shown)) == (200, False)


def test_no_cache_keeps_an_answer_with_a_url(alice: Person, ready: ReadyStream) -> None:
    """Find the answer with a stream's URL in a cache between the owner and the API.

    Stopped by `Cache-Control: no-store` on every answer.
    """
    for path in (f"streams/{ready.id}", "streams?limit=1"):
        assert alice.call("GET", path)[1]["Cache-Control"] == "no-store"
