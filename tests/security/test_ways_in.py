"""Events and executions as ways in, by somebody who may send them: under another's id, as a renewal, without a rule."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from tests.e2e.deployed import Deployed, eventually
from tests.security.conftest import ReadyStream
from tests.security.people import Person


def _item(deployed: Deployed, request_id: str) -> dict[str, Any]:
    """What no task changes of a record."""
    found = deployed.records.get_item(Key={"id": request_id}, ConsistentRead=True)["Item"]
    return {name: found.get(name) for name in ("fields", "notify", "owner", "claim", "metadata", "digest", "createdAt")}


def _request(**fields: Any) -> dict[str, Any]:
    return {"provider": "nimble", "studioId": "studio", "sessionId": f"session-{uuid.uuid4().hex[:12]}", **fields}


def _send_event(deployed: Deployed, event_id: str, detail: Any) -> None:
    """Put an event into the queue, as the bus does, under an id that EventBridge would not have given it."""
    event = {"id": event_id, "source": "studio.tools", "detail-type": "Stream Requested", "detail": detail}
    deployed.sqs.send_message(QueueUrl=deployed.resource("EventRequestsQueue"), MessageBody=json.dumps(event))


@pytest.mark.parametrize("state", ["pending", "ready"])
def test_another_s_id_starts_no_second_execution(
    deployed: Deployed, ready: ReadyStream, pending: str, state: str
) -> None:
    """Start an execution under the id of somebody else's request, while it runs and after its end.

    Stopped by Step Functions: a name is taken, for 90 days after its execution's end too.
    """
    request_id = pending if state == "pending" else ready.id
    before = _item(deployed, request_id)
    start = {
        "stateMachineArn": deployed.outputs["StateMachineArn"],
        "name": request_id,
        "input": json.dumps(_request()),
    }
    with pytest.raises(deployed.sfn.exceptions.ExecutionAlreadyExists):
        deployed.sfn.start_execution(**start)
    assert _item(deployed, request_id) == before


def test_an_event_under_another_s_id_changes_nothing(deployed: Deployed, pending: str) -> None:
    """Send an event under the id of somebody else's request, with your own session and webhook.

    Stopped by the execution's name, which is taken, and the record, which is written once.
    """
    before, mine = _item(deployed, pending), _request(notify=[{"type": "webhook", "url": "https://evil.example/"}])
    _send_event(deployed, pending, mine)
    # What is sent after it is handled after it, or beside it.
    later = str(uuid.uuid4())
    deployed.set_session("session-later", readyAfterSeconds=0)
    _send_event(deployed, later, {"provider": "nimble", "studioId": "studio", "sessionId": "session-later"})
    deployed.message(later)
    assert _item(deployed, pending) == before
    assert deployed.calls(mine["sessionId"]) == []


def test_nobody_renews_what_was_not_to_be_renewed(deployed: Deployed, alice: Person, ready: ReadyStream) -> None:
    """Start an execution that renews somebody else's request, to have a fresh stream made of it.

    Stopped by the record: only a renewal that `Deliver` asked for is taken up.
    """
    session_id = alice.sees(ready.id)["sessionId"]
    before = deployed.calls(session_id)
    name = deployed.start_execution({"renew": ready.id})
    assert deployed.execution(name)["status"] == "FAILED"
    assert deployed.calls(session_id) == before
    assert alice.sees(ready.id)["url"] == ready.url


def test_a_renewal_is_no_request(deployed: Deployed, alice: Person, ready: ReadyStream) -> None:
    """Ask for a renewal by the API, by a batch, and by an event.

    Stopped by the closed set of fields: `renew` is none of a request's.
    """
    renewal = {"provider": "nimble", "renew": ready.id}
    status, _, problem = alice.call("POST", "streams", renewal)
    assert (status, "renew" in {error["field"] for error in problem["errors"]}) == (400, True)
    assert alice.call("POST", "batches", {"requests": [renewal]})[0] == 400
    rejected = deployed.event(deployed.put_event({**renewal, "sessionId": str(uuid.uuid4())}))
    assert rejected["detail-type"] == "Stream Rejected"


@pytest.mark.parametrize(
    "detail",
    [
        {"owner": "arn:aws:iam::000000000000:root"},
        {"id": "mine"},
        {"state": "ready", "url": "https://evil.example/"},
        {"notify": [{"type": "webhook", "url": "https://169.254.169.254/"}]},
        {"metadata": {"n": 2**60}},
        {"metadata": {"m": "x" * 17_000}},
    ],
    ids="-".join,
)
def test_an_event_is_held_to_the_rules_of_a_request(deployed: Deployed, detail: dict[str, Any]) -> None:
    """Send by an event what the API refuses: an owner, an id, an outcome, a webhook inside, numbers, too much.

    Stopped by the same rules at every door: `Stream Rejected` on the bus, and nothing else.
    """
    request = _request(**detail)
    rejected = deployed.event(deployed.put_event(request))
    assert rejected["detail-type"] == "Stream Rejected"
    assert deployed.calls(request["sessionId"]) == []


def test_an_execution_is_held_to_the_rules_of_a_request(deployed: Deployed, alice: Person) -> None:
    """Start an execution with an owner, a provider that is not served, and what a later state would have made.

    Stopped by `AcceptRequest`, which takes the input for a request and for nothing else.
    """
    for forged in (
        _request(owner=alice.arn),
        _request(provider="pigeon"),
        {"work": {"id": "mine", "fields": _request(), "deadlineAt": "2099-01-01T00:00:00Z"}},
        {"id": "mine", "request": _request()},
    ):
        name = deployed.start_execution(forged)
        assert deployed.event(name)["detail-type"] == "Stream Rejected"
        assert deployed.execution(name)["error"] == "InvalidRequest"


def test_an_outcome_on_the_bus_is_no_request(deployed: Deployed, ready: ReadyStream) -> None:
    """Put an outcome on the bus that says that somebody's request is cancelled.

    Stopped by the record, which alone says what an outcome is; Greenroom listens to no outcomes.
    """
    before = deployed.records.get_item(Key={"id": ready.id}, ConsistentRead=True)["Item"]
    for kind in ("Stream Cancelled", "Stream Ready", "Stream Failed"):
        detail = json.dumps({"type": "stream.cancelled", "data": {"id": ready.id}})
        entry = {"EventBusName": deployed.outputs["EventBusName"], "Source": "studio.tools", "DetailType": kind}
        deployed.events.put_events(Entries=[{**entry, "Detail": detail}])
    rejected = deployed.event(deployed.put_event({"sessionId": f"after-{uuid.uuid4().hex}"}))
    assert rejected["detail-type"] == "Stream Rejected"
    assert deployed.records.get_item(Key={"id": ready.id}, ConsistentRead=True)["Item"] == before


def test_what_no_event_is_does_not_hold_up_the_queue(deployed: Deployed) -> None:
    """Put into the queue of events what is no event: nested lists, an id that is none, no detail.

    Stopped by reading it as an event, or keeping it among the rejected requests; the next one is handled.
    """
    marker = uuid.uuid4().hex
    junk = ["[" * 100_000, json.dumps({"id": 7, "detail": marker}), json.dumps({"id": marker})]
    for message in junk:
        deployed.sqs.send_message(QueueUrl=deployed.resource("EventRequestsQueue"), MessageBody=message)

    def kept() -> list[Any] | None:
        found = deployed.rejected_requests.find(lambda letter: letter.get("message") in junk)
        return found if len(found) == len(junk) else None

    assert {letter["reason"] for letter in eventually(kept, "rejected messages")} == {
        "The message is no event of the bus"
    }
