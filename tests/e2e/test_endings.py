"""However a request ends, it has one outcome, announced once: cancelled, killed, lost, refused a permission."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from typing import Any

import pytest

from greenroom.domain.values import to_iso, utc_now
from tests.e2e.deployed import Deployed, eventually, new_session_id

HOLD = "Timeout"
LONG_AGO = "2026-01-01T00:00:00.000Z"
# The states that no fault can hold up: a task under way when its execution is stopped may itself end the request.
ALSO_POSSIBLE = {
    "RecordReady": {"stream.ready"},
    "RecordFailure": {"stream.failed"},
}


def test_a_cancelled_request_is_announced_and_polled_no_more(deployed: Deployed) -> None:
    session_id = new_session_id()
    deployed.set_session(session_id, readyAfterSeconds=None)
    _, _, body = deployed.post({"provider": "nimble", "studioId": "s", "sessionId": session_id})
    _until_state(deployed, body["id"], "GetStream")

    first = deployed.api.call("DELETE", f"streams/{body['id']}")
    again = deployed.api.call("DELETE", f"streams/{body['id']}")

    assert (first[0], again[0]) == (202, 202)
    assert first[2] == again[2]
    assert first[2]["state"] == "cancelled"
    assert deployed.message(body["id"])["type"] == "stream.cancelled"
    assert deployed.event(body["id"])["detail-type"] == "Stream Cancelled"
    time.sleep(3)
    polled = len(deployed.calls(session_id, "GetStreamingSessionStream"))
    time.sleep(4)
    assert len(deployed.calls(session_id, "GetStreamingSessionStream")) == polled


def test_a_request_that_has_ended_otherwise_cannot_be_cancelled(deployed: Deployed) -> None:
    session_id = new_session_id()
    deployed.set_session(session_id, readyAfterSeconds=0)
    _, _, body = deployed.post({"provider": "nimble", "studioId": "s", "sessionId": session_id})
    deployed.message(body["id"])

    assert deployed.api.call("DELETE", f"streams/{body['id']}")[0] == 409


def test_a_session_that_greenroom_started_is_stopped_again_when_the_request_says_so(deployed: Deployed) -> None:
    session_id = new_session_id()
    deployed.set_session(session_id, sessionState="STOPPED", readyAfterSeconds=None)
    request = {"provider": "nimble", "studioId": "s", "sessionId": session_id, "releaseOnFailure": True}
    _, _, body = deployed.post(request)
    _until_state(deployed, body["id"], "GetStream")

    deployed.api.call("DELETE", f"streams/{body['id']}")

    def stopped() -> bool | None:
        calls = deployed.calls(session_id, "StopStreamingSession")
        return any(call["status"] == 200 for call in calls) or None

    assert eventually(stopped, "StopStreamingSession")


@pytest.mark.parametrize(
    ("state", "setting"),
    [
        ("AcceptRequest", {}),
        ("PrepareSession", {"faults": [{"operation": "GetStreamingSession", "call": "*", "error": HOLD}]}),
        ("WaitForSession", {"sessionState": "CREATE_IN_PROGRESS"}),
        ("CreateStream", {"faults": [{"operation": "CreateStreamingSessionStream", "call": "*", "error": HOLD}]}),
        ("WaitForStream", {"readyAfterSeconds": None}),
        ("GetStream", {"faults": [{"operation": "GetStreamingSessionStream", "call": "*", "error": HOLD}]}),
        ("RecordReady", {"readyAfterSeconds": 0}),
        ("RecordFailure", {"finalState": "CREATE_FAILED", "readyAfterSeconds": 0}),
    ],
)
def test_an_execution_that_is_stopped_in_any_state_still_ends_in_one_outcome(
    deployed: Deployed, state: str, setting: dict[str, Any]
) -> None:
    session_id = new_session_id()
    if setting:
        deployed.set_session(session_id, **setting)
    request_id = deployed.start_execution({"provider": "nimble", "studioId": "s", "sessionId": session_id})
    _until_state(deployed, request_id, state)

    with suppress(deployed.sfn.exceptions.ValidationException):  # it was faster than we were, and has ended
        deployed.sfn.stop_execution(executionArn=deployed.execution_arn(request_id), cause="killed by a test")

    message = deployed.message(request_id)
    assert message["type"] in {"stream.cancelled", *ALSO_POSSIBLE.get(state, set())}
    assert deployed.event(request_id)["detail"]["type"] == message["type"]


def test_a_request_whose_start_was_lost_is_swept_up_after_its_deadline(deployed: Deployed) -> None:
    request_id = _put_record(deployed, state="pending", open="pending")

    deployed.client("lambda").invoke(FunctionName=deployed.resource("ReconciliationSweep"))

    assert deployed.message(request_id)["type"] == "stream.timed_out"


def test_an_outcome_whose_announcement_was_given_up_is_announced_by_the_sweep_once(deployed: Deployed) -> None:
    request_id = _put_record(
        deployed,
        state="failed",
        open="unannounced",
        settledAt=LONG_AGO,
        failure={"error": "StreamFailed", "message": "No stream"},
    )

    for _ in range(2):
        deployed.client("lambda").invoke(FunctionName=deployed.resource("ReconciliationSweep"))

    assert deployed.message(request_id)["data"]["error"] == "StreamFailed"
    assert deployed.event(request_id)["detail-type"] == "Stream Failed"
    assert "open" not in deployed.records.get_item(Key={"id": request_id})["Item"]


def test_what_was_not_released_yet_is_released_by_the_sweep_and_then_the_request_is_closed(deployed: Deployed) -> None:
    session_id = new_session_id()
    deployed.set_session(session_id, sessionState="READY")
    request_id = _put_record(
        deployed,
        fields=json.dumps({"provider": "nimble", "studioId": "s", "sessionId": session_id}),
        state="cancelled",
        open="releasing",
        settledAt=to_iso(utc_now()),
        failure={"error": "RequestCancelled", "message": "by its owner"},
        started="token",
        toStop=True,
        releaseOnFailure=True,
    )

    deployed.client("lambda").invoke(FunctionName=deployed.resource("ReconciliationSweep"))

    def closed() -> bool | None:
        return "open" not in deployed.records.get_item(Key={"id": request_id})["Item"] or None

    assert eventually(closed, "the end of the release")
    assert [call["status"] for call in deployed.calls(session_id, "StopStreamingSession")] == [200]
    assert "toStop" not in deployed.records.get_item(Key={"id": request_id})["Item"]


def test_a_flow_that_may_not_end_a_request_is_refused_and_another_ends_it(deployed: Deployed) -> None:
    iam = deployed.client("iam")
    role = deployed.resource("WorkflowRecordFailureRole")
    [name] = iam.list_role_policies(RoleName=role)["PolicyNames"]
    policy = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    session_id = new_session_id()
    deployed.set_session(session_id, finalState="CREATE_FAILED", readyAfterSeconds=0)
    iam.delete_role_policy(RoleName=role, PolicyName=name)
    try:
        request_id = deployed.start_execution({"provider": "nimble", "studioId": "s", "sessionId": session_id})
        refused = eventually(lambda: _failure_in(deployed, request_id, "RecordFailure"), "refusal", 90)
        deployed.sfn.stop_execution(executionArn=deployed.execution_arn(request_id))
    finally:
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(policy))

    assert "AccessDenied" in refused
    assert "dynamodb:UpdateItem" in refused
    assert deployed.message(request_id)["type"] == "stream.cancelled"


def _put_record(deployed: Deployed, **attributes: Any) -> str:
    """Put a record into the table that no function has heard of; it has been due for long."""
    request_id = new_session_id("lost")
    deployed.records.put_item(
        Item={
            "id": request_id,
            "fields": json.dumps({"provider": "nimble", "studioId": "s", "sessionId": "s"}),
            "identity": json.dumps({"studioId": "s", "sessionId": "s"}),
            "metadata": "{}",
            "notify": json.dumps([{"type": "sns"}]),
            "schedules": "{}",
            "waits": {},
            "pool": "s",
            "digest": "",
            "connectSeconds": 120,
            "claim": False,
            "releaseOnFailure": False,
            "createdAt": LONG_AGO,
            "deadlineAt": LONG_AGO,
            "dueAt": LONG_AGO,
            **attributes,
        }
    )
    return request_id


def _until_state(deployed: Deployed, request_id: str, state: str) -> None:
    eventually(lambda: state in set(deployed.states(request_id)) or None, f"state {state} in {request_id}")


def _failure_in(deployed: Deployed, request_id: str, state: str) -> str | None:
    if state not in set(deployed.states(request_id)):
        return None
    failed = [event for event in deployed.history(request_id) if event["type"] == "TaskFailed"]
    return str(failed[-1]["taskFailedEventDetails"]["cause"]) if failed else None
