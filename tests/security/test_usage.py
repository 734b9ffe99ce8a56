"""One caller's many requests, which are to hold up everybody else's."""

from __future__ import annotations

import uuid
from typing import Any

from tests.e2e.deployed import MAX_BATCH_REQUESTS, MAX_PENDING_REQUESTS, Deployed
from tests.security.people import People, Person, may_invoke


def _flood(person: Person, count: int) -> tuple[int, Any, dict[str, Any]]:
    """Ask for so many streams in a hundred days."""
    requests = [{"sessionId": f"session-{number}"} for number in range(count)]
    body = {
        "requests": requests,
        "defaults": {"provider": "nimble", "studioId": "studio"},
        "startAt": "2027-03-01T00:00:00Z",
    }
    return person.call("POST", "batches", body)


def test_a_caller_has_so_many_requests_pending_and_no_more(deployed: Deployed, people: People, bob: Person) -> None:
    """Ask for stream after stream, so that everybody else waits.

    Stopped by the setting `maxPendingRequests`: 429, with the time at which to try again; others are let in.
    """
    mallory = people.user("mallory", may_invoke(deployed))
    first = mallory.ask_for_pending()
    records = deployed.records
    item = records.get_item(Key={"id": first}, ConsistentRead=True)["Item"]
    # As if each had been asked for; the flow of one is enough.
    copies = [item | {"id": str(uuid.uuid4())} for _ in range(MAX_PENDING_REQUESTS - 1)]
    with records.batch_writer() as batch:
        for copy in copies:
            batch.put_item(Item=copy)
    try:
        status, headers, _ = mallory.call(
            "POST", "streams", {"provider": "nimble", "studioId": "studio", "sessionId": "session"}
        )
        assert (status, int(headers["Retry-After"]) >= 1) == (429, True)
        assert bob.ask(deadlineSeconds=5)
    finally:
        with records.batch_writer() as batch:
            for copy in copies:
                batch.delete_item(Key={"id": copy["id"]})
        mallory.call("DELETE", f"streams/{first}")


def test_a_caller_s_batches_have_so_many_requests_and_no_more(deployed: Deployed, people: People) -> None:
    """Ask for ten thousand streams by one batch, or by many.

    Stopped by the setting `maxBatchRequests`, over all batches of an owner that have not ended: 429; others are let in.
    """
    mallory, other = (people.user("mallory", may_invoke(deployed)) for _ in range(2))
    assert _flood(mallory, MAX_BATCH_REQUESTS + 1)[0] == 429
    status, _, made = _flood(mallory, MAX_BATCH_REQUESTS - 10)
    assert status == 202
    status, headers, _ = _flood(mallory, 11)
    assert (status, int(headers["Retry-After"]) >= 1) == (429, True)
    assert _flood(other, 11)[0] == 202
    assert mallory.call("DELETE", f"batches/{made['id']}")[0] == 202
