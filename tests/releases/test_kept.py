"""What an earlier release has kept, sent and handed out is read by today's code, and means what it meant."""

from __future__ import annotations

import json
from typing import Any

import pytest

from greenroom.domain.values import from_iso
from tests.releases.deployment import OWNER, Deployment
from tests.releases.frozen import RELEASES, end_of, kept_at_the_end, resume
from tests.releases.scenes import SCENES, ask_for_a_batch
from tests.support.receiver import receive

STREAMS = [name for name in SCENES if not name.startswith("batch-")]

pytestmark = pytest.mark.parametrize("release", RELEASES)


def restore(deployment: Deployment, release: str, name: str) -> dict[str, Any]:
    """Have what was kept at a scene's end; return all that was frozen of it."""
    end = end_of(release, name)
    deployment.forget()
    deployment.clock.move_to(from_iso(end["at"]))
    deployment.put(kept_at_the_end(release, name))
    return dict(end)


def thing_of(release: str, name: str) -> str:
    """The path of what a scene is about."""
    shown = end_of(release, name)["shown"]
    return f"/{'streams' if name in STREAMS else 'batches'}/{shown['id']}"


def says_what_it_said(today: Any, then: Any) -> bool:
    """An answer may say more than it did."""
    if isinstance(then, dict):
        return all(name in today and says_what_it_said(today[name], value) for name, value in then.items())
    if isinstance(then, list):
        return len(today) == len(then) and all(map(says_what_it_said, today, then))
    return bool(today == then)


@pytest.mark.parametrize("name", SCENES)
def test_what_is_under_way_is_shown_as_before(name: str, release: str, deployment: Deployment) -> None:
    moment = resume(deployment, release, name)
    status, shown = deployment.api("GET", moment.thing)
    assert status == 200
    assert says_what_it_said(shown, moment.shown)


@pytest.mark.parametrize("name", SCENES)
def test_what_has_ended_is_shown_as_before(name: str, release: str, deployment: Deployment) -> None:
    end = restore(deployment, release, name)
    status, shown = deployment.api("GET", thing_of(release, name))
    assert status == 200
    assert says_what_it_said(shown, end["shown"])


@pytest.mark.parametrize("name", ["stream", "fleet", "turn-to-create"])
def test_a_call_with_the_same_key_is_the_same_request(name: str, release: str, deployment: Deployment) -> None:
    moment = resume(deployment, release, name)
    status, shown = deployment.api("POST", "/streams", moment.input, **{"Idempotency-Key": "key"})
    assert (status, shown["id"]) == (202, moment.name)
    assert len(deployment.items("records")["records"]) == 1


def test_a_batch_with_the_same_key_is_the_same_batch(release: str, deployment: Deployment) -> None:
    moment = resume(deployment, release, "batch-scheduled")
    status, shown = ask_for_a_batch(deployment, startAt=moment.input["startAt"])
    assert (status, shown["id"]) == (202, moment.name)
    assert list(deployment.started("batch")) == [moment.name]


@pytest.mark.parametrize("name", ["batch-running", "batch-scheduled"])
def test_the_next_page_of_a_list_follows_the_page_before(name: str, release: str, deployment: Deployment) -> None:
    page = restore(deployment, release, name)["page"]
    status, following = deployment.api("GET", f"/streams?limit=1&next={page['next']}")
    assert status == 200
    assert {stream["id"] for stream in (*page["streams"], *following["streams"])} == {
        item["id"]["S"] for item in deployment.items("records")["records"]
    }


@pytest.mark.parametrize("name", ["session", "turn-to-create", "turn-to-look"])
def test_a_link_to_the_waiting_room_still_opens_it(name: str, release: str, deployment: Deployment) -> None:
    token = restore(deployment, release, name)["room"]["url"].partition("#")[2]
    bearer = {"Authorization": f"Bearer {token}"}
    assert deployment.api("GET", "/waiting-room/stream", **bearer)[0] == 200
    status, claimed = deployment.api("POST", "/waiting-room/stream/claim", **bearer)
    assert (status, claimed["url"]) == (200, end_of(release, name)["shown"]["url"])


def test_a_url_that_nobody_has_claimed_yet_is_claimed_once(release: str, deployment: Deployment) -> None:
    restore(deployment, release, "session")
    ((record,), (url,)) = (deployment.items(kind)[kind] for kind in ("records", "stream_urls"))
    deployment.put({"records": [{**record, "claim": {"BOOL": True}}]})
    claim = f"{thing_of(release, 'session')}/claim"
    status, claimed = deployment.api("POST", claim, resource="/streams/{id}/claim")
    assert (status, claimed["url"]) == (200, url["url"]["S"])
    assert deployment.api("POST", claim, resource="/streams/{id}/claim")[0] == 410


@pytest.mark.parametrize("kind", ["deliveries", "letters"])
def test_a_message_in_a_queue_is_delivered(kind: str, release: str, deployment: Deployment) -> None:
    """A letter is put back into the queue of deliveries by `greenroom redrive`."""
    messages = restore(deployment, release, "session")[kind]
    (target,) = [message["target"] for message in messages]
    with receive() as receiver:
        hook = f"{receiver.url}/hook"
        # The record names it too: a message of the queue is no authority.
        records = json.dumps(deployment.items("records")["records"])
        deployment.put({"records": json.loads(records.replace(target["url"], hook))})
        for text in (json.dumps(message) for message in messages):
            deployment.send("delivery", text.replace(target["url"], hook))
        deployment.deliver()
    (received,) = [json.loads(each.body) for each in receiver.received]
    assert received["type"] == "stream.ready"
    assert received["data"]["url"] == end_of(release, "session")["shown"]["url"]


def test_what_was_learned_is_learned_from_and_asked_by(release: str, deployment: Deployment) -> None:
    restore(deployment, release, "session")
    (item,) = deployment.items("schedules")["schedules"]
    before = deployment.api("GET", "/schedules")[1]["schedules"]
    assert {(each["provider"], each["pool"]) for each in before} == {("nimble", "studio")}
    stale = {**item, "stale": {"BOOL": True}, "seenStream": {"L": [{"N": "40"}, {"N": "44"}] * 30}}
    deployment.put({"schedules": [stale]})
    deployment.follow({"records": [], "schedules": [item]})
    (relearned,) = deployment.items("schedules")["schedules"]
    assert relearned["stale"] == {"BOOL": False}
    assert deployment.api("GET", "/schedules")[1]["schedules"] != before


def test_a_request_that_was_recorded_is_nobody_elses(release: str, deployment: Deployment) -> None:
    moment = resume(deployment, release, "stream")
    assert deployment.items("records")["records"][0]["owner"] == {"S": OWNER}
    page = deployment.api("GET", "/streams?limit=1")[1]
    assert [stream["id"] for stream in page["streams"]] == [moment.name]
