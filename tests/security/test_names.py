"""Execution names are no way in: somebody who may start executions takes the name that a request will need."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from greenroom.domain.values import to_iso, utc_now
from tests.e2e.deployed import Deployed, eventually
from tests.security.conftest import ReadyStream
from tests.security.people import Person
from tests.support.receiver import Receiver, receive

LONG = 150.0


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receive() as receiver:
        yield receiver


def _take(deployed: Deployed, name: str, asked: Any) -> None:
    """Start an execution of the flow under a name, as anybody may who has `states:StartExecution`."""
    machine = deployed.outputs["StateMachineArn"]
    deployed.sfn.start_execution(stateMachineArn=machine, name=name, input=json.dumps(asked))


def _request(**fields: Any) -> dict[str, Any]:
    return {"provider": "nimble", "studioId": "studio", "sessionId": f"session-{uuid.uuid4().hex[:12]}", **fields}


def _renewal_of(request_id: str) -> str:
    return "renewal-" + hashlib.sha256(request_id.encode()).hexdigest()[:32]


def test_a_batch_goes_on_where_a_member_s_name_is_taken(deployed: Deployed, alice: Person) -> None:
    """Take the name of a member of somebody else's batch before it begins, to have the whole batch cancelled.

    Stopped by the batch, which gives that line up and goes on; the stream of the other execution is nobody's.
    """
    sessions = [f"session-{uuid.uuid4().hex[:12]}" for _ in range(3)]
    for session_id in sessions:
        deployed.set_session(session_id, readyAfterSeconds=0)
    lines = [{"provider": "nimble", "studioId": "studio", "sessionId": session_id} for session_id in sessions]
    body = {"requests": lines, "startAt": to_iso(utc_now() + timedelta(seconds=3))}
    _, _, made = alice.call("POST", "batches", body)
    stolen = _request()
    deployed.set_session(stolen["sessionId"], readyAfterSeconds=0)
    _take(deployed, f"{made['id']}-2", stolen)

    def ended() -> dict[str, Any] | None:
        shown = alice.call("GET", f"batches/{made['id']}")[2]
        return shown if "endedAt" in shown else None

    shown = eventually(ended, "end of the batch", LONG)
    assert (shown["state"], shown["counts"]["ready"]) == ("finished", 2)
    assert shown["counts"]["failed"] + shown["counts"]["rejected"] == 1
    assert alice.call("GET", f"streams/{made['id']}-2")[2].get("sessionId") != stolen["sessionId"]


def test_a_keyed_request_whose_id_somebody_else_started_is_not_the_caller_s(deployed: Deployed, alice: Person) -> None:
    """Take the id that somebody's key will make, so that they get another stream for theirs.

    Stopped by the record: one that is not the caller's is a conflict, 409.
    """
    key = uuid.uuid4().hex
    request_id = hashlib.sha256(f"{alice.arn}\n{key}".encode()).hexdigest()[:32]
    stolen = _request()
    deployed.set_session(stolen["sessionId"], readyAfterSeconds=0)
    _take(deployed, request_id, stolen)
    deployed.message(request_id)
    for asked in (stolen, _request()):
        assert alice.call("POST", "streams", asked, Idempotency_Key=key)[0] == 409
    assert alice.call("GET", f"streams/{request_id}")[0] == 404


def test_a_keyed_request_that_is_started_at_the_same_moment_tells_its_caller(deployed: Deployed, alice: Person) -> None:
    """Take the id that somebody's key will make by an execution that fails before it is on record.

    Stopped by Step Functions' own word on what has the name: 409, at every repeat.
    """
    key = uuid.uuid4().hex
    request_id = hashlib.sha256(f"{alice.arn}\n{key}".encode()).hexdigest()[:32]
    _take(deployed, request_id, {"no": "request"})
    deployed.execution(request_id)
    answers = [alice.call("POST", "streams", _request(), Idempotency_Key=key)[0] for _ in range(2)]
    assert answers == [409, 409]


def test_a_renewal_is_taken_up_by_the_execution_of_its_name_only(deployed: Deployed, alice: Person) -> None:
    """Start an execution of your own for a renewal that was asked for, to have a second stream made.

    Stopped by `AcceptRequest`: the execution's name is the renewal's, or it is refused.
    """
    request_id = alice.ask_for_ready()
    session_id = alice.sees(request_id)["sessionId"]
    before = len(deployed.calls(session_id, "CreateStreamingSessionStream"))
    deployed.records.update_item(
        Key={"id": request_id},
        UpdateExpression="SET renewal = :asked",
        ExpressionAttributeValues={":asked": "asked"},
    )
    assert deployed.execution(deployed.start_execution({"renew": request_id}))["status"] == "FAILED"
    assert len(deployed.calls(session_id, "CreateStreamingSessionStream")) == before


def test_a_renewal_whose_name_is_taken_is_told(deployed: Deployed, alice: Person, receiver: Receiver) -> None:
    """Take the name of somebody's renewal before it is asked for, so that its outcome is lost.

    Stopped by `Deliver` and `Sweep`, which see that nothing runs under the name: the target hears that the URL expired.
    """
    target = {"type": "webhook", "url": receiver.url}
    request_id = alice.ask_for_ready(notify=[target, {"type": "sns"}])
    eventually(lambda: receiver.received or None, "webhook")
    _take(deployed, _renewal_of(request_id), {"renew": request_id})
    assert deployed.execution(_renewal_of(request_id))["status"] == "FAILED"
    _make_late(deployed, request_id)
    body = json.dumps({"id": request_id, "target": target})
    deployed.sqs.send_message(QueueUrl=deployed.outputs["DeliveryQueueUrl"], MessageBody=body)
    second = eventually(lambda: receiver.received[1] if len(receiver.received) > 1 else None, "second webhook")
    assert json.loads(second.body)["data"]["error"] == "UrlExpired"


def _make_late(deployed: Deployed, request_id: str) -> None:
    """Leave a request as it is when its URL expired before its delivery was made."""
    records = deployed.records
    eventually(lambda: records.get_item(Key={"id": request_id})["Item"].get("delivered"), "mark of the delivery")
    records.update_item(
        Key={"id": request_id},
        UpdateExpression="SET expiresAt = :past REMOVE delivered, offers",
        ExpressionAttributeValues={":past": "2026-01-01T00:00:00+00:00"},
    )


def test_an_event_under_a_name_that_a_request_will_need_is_none(deployed: Deployed) -> None:
    """Put an event into the queue under the name of a batch's member, of a renewal, or of a request with a key.

    Stopped by the form of an event's id, which EventBridge chooses and none of these has.
    """
    marker = uuid.uuid4().hex
    names = [f"{uuid.uuid4()}-1", _renewal_of("x"), uuid.uuid4().hex, str(uuid.uuid4()).upper()]
    bodies = [json.dumps({"id": name, "detail": {**_request(), "metadata": {"m": marker}}}) for name in names]
    for body in bodies:
        deployed.sqs.send_message(QueueUrl=deployed.resource("EventRequestsQueue"), MessageBody=body)

    def kept() -> list[Any] | None:
        found = deployed.rejected_requests.find(lambda letter: letter.get("message") in bodies)
        return found if len(found) == len(bodies) else None

    assert {letter["reason"] for letter in eventually(kept, "rejected messages")} == {
        "The message is no event of the bus"
    }


def test_a_made_up_end_of_an_execution_ends_nothing(deployed: Deployed, alice: Person, pending: str) -> None:
    """Tell `Reconcile` that the execution of somebody's request was aborted, which it was not.

    Stopped by Step Functions' own word on the execution.
    """
    detail = {
        "executionArn": deployed.execution_arn(pending),
        "stateMachineArn": deployed.outputs["StateMachineArn"],
        "name": pending,
        "status": "ABORTED",
        "input": "{}",
    }
    event = {"source": "aws.states", "detail-type": "Step Functions Execution Status Change", "detail": detail}
    name = deployed.resource("ReconciliationReconcile")
    answer = deployed.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
    assert answer.get("FunctionError")
    assert alice.sees(pending)["state"] == "pending"


def test_a_renewal_of_a_fresh_url_is_refused_under_its_own_name(
    deployed: Deployed, alice: Person, ready: ReadyStream
) -> None:
    """Start the renewal of a request whose URL is fresh, under the very name that it would have.

    Stopped by the record: nobody asked for it.
    """
    session_id = alice.sees(ready.id)["sessionId"]
    before = deployed.calls(session_id, "CreateStreamingSessionStream")
    _take(deployed, _renewal_of(ready.id), {"renew": ready.id})
    assert deployed.execution(_renewal_of(ready.id))["status"] == "FAILED"
    assert deployed.calls(session_id, "CreateStreamingSessionStream") == before
