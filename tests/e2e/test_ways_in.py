"""Three ways in, and all that a service can do: each request ends in one outcome, on the topic and on the bus."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.e2e.deployed import Deployed, new_session_id
from tests.e2e.ways_in import WAYS_IN, Submit


@dataclass(frozen=True)
class Scenario:
    """How the simulated session behaves, and what a request for its stream must come to."""

    name: str
    outcome: str
    session: Mapping[str, Any] = field(default_factory=dict)
    session_id: str = "session"
    deadline_seconds: int = 60
    error: str | None = None
    says: str = ""


def _fault(operation: str, call: int, error: str) -> dict[str, Any]:
    return {"operation": operation, "call": call, "error": error}


SCENARIOS = [
    Scenario("ready at once", "stream.ready", {"readyAfterSeconds": 0}),
    Scenario("ready later", "stream.ready", {"readyAfterSeconds": 3}),
    Scenario(
        "throttled at create",
        "stream.ready",
        {"readyAfterSeconds": 0, "faults": [_fault("CreateStreamingSessionStream", 1, "ThrottlingException")]},
    ),
    Scenario(
        "throttled at poll",
        "stream.ready",
        {"readyAfterSeconds": 1, "faults": [_fault("GetStreamingSessionStream", 1, "ThrottlingException")]},
    ),
    Scenario(
        "create failed",
        "stream.failed",
        {"readyAfterSeconds": 1, "finalState": "CREATE_FAILED", "statusCode": "NETWORK_CONNECTION_ERROR"},
        error="StreamFailed",
        says="NETWORK_CONNECTION_ERROR",
    ),
    Scenario("session stopped", "stream.ready", {"sessionState": "STOPPED", "readyAfterSeconds": 0}),
    Scenario("resource missing", "stream.failed", session_id="missing", error="ResourceNotFoundException"),
    Scenario(
        "never ready",
        "stream.timed_out",
        {"readyAfterSeconds": None},
        deadline_seconds=8,
        error="DeadlineExceeded",
        says="CREATE_IN_PROGRESS",
    ),
]


@pytest.mark.parametrize("submit", WAYS_IN)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_each_way_in_ends_in_the_one_outcome_that_the_service_allows(
    deployed: Deployed, submit: Submit, scenario: Scenario
) -> None:
    session_id = new_session_id(scenario.session_id)
    if scenario.session:
        deployed.set_session(session_id, **scenario.session)
    request = {
        "provider": "nimble",
        "studioId": "studio",
        "sessionId": session_id,
        "deadlineSeconds": scenario.deadline_seconds,
        "metadata": {"way": submit.__name__},
    }

    request_id = submit(deployed, request)

    message = deployed.message(request_id)
    assert message["type"] == scenario.outcome, message
    assert (message["data"]["provider"], message["data"]["sessionId"]) == ("nimble", session_id)
    assert message["data"]["metadata"] == request["metadata"]
    event = deployed.event(request_id)
    assert "url" not in event["detail"]["data"]
    assert event["detail"]["type"] == scenario.outcome
    if scenario.outcome == "stream.ready":
        _assert_ready(deployed, request_id, message["data"])
    else:
        assert "url" not in message["data"]
        assert message["data"]["error"] == scenario.error
        assert scenario.says in message["data"]["message"]
        assert deployed.execution(request_id)["error"] == scenario.error


def _assert_ready(deployed: Deployed, request_id: str, data: Mapping[str, Any]) -> None:
    assert data["state"] == "READY"
    assert data["url"].startswith("https://")
    assert 0 < data["secondsLeft"] <= 120
    created = [call for call in deployed.calls(data["sessionId"], "CreateStreamingSessionStream") if call["streamId"]]
    assert {call["streamId"] for call in created} == {data["streamId"]}
    assert data["url"] not in json.dumps(deployed.history(request_id), default=str)


def test_an_event_that_is_delivered_twice_makes_one_execution_and_one_stream(deployed: Deployed) -> None:
    session_id = new_session_id()
    deployed.set_session(session_id, readyAfterSeconds=0)
    event: dict[str, Any] = {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Stream Requested",
        "source": "studio.tools",
        "detail": {"provider": "nimble", "studioId": "studio", "sessionId": session_id},
    }
    queue = deployed.resource("EventRequestsQueue")

    for _ in range(2):
        deployed.sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(event))

    assert deployed.message(event["id"])["type"] == "stream.ready"
    assert len(deployed.calls(session_id, "CreateStreamingSessionStream")) == 1
