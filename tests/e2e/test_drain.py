"""The end of a stack: it is drained with one command, everybody is told, and nothing is in the way of its deletion."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from greenroom.adapters.paces_table import READ_EVERY
from greenroom_cli.client import Api
from tests.e2e.deployed import Deployed, Inbox, eventually, new_session_id

NAME = "GreenroomDrained"


@pytest.fixture(scope="module")
def outputs(deployed: Deployed) -> Mapping[str, str]:
    """Those of a stack of its own: what the other tests leave behind would have to be waited for."""
    return deployed.stack.deploy(NAME)


def _drain(deployed: Deployed, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  # our own command
        [Path(sys.executable).with_name("greenroom"), "drain", "--stack", NAME, "--json", *arguments],
        env=os.environ | deployed.stack.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def _told(deployed: Deployed, outputs: Mapping[str, str]) -> Inbox:
    """All that the topic of the stack publishes from now on."""
    queue, arn = deployed.queue("told-before-the-end")
    deployed.client("sns").subscribe(
        TopicArn=outputs["TopicArn"], Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"}
    )
    return Inbox(deployed.sqs, queue)


def test_a_stack_with_a_request_that_waits_and_a_scheduled_batch_is_drained_and_goes(
    deployed: Deployed, outputs: Mapping[str, str]
) -> None:
    api, told = Api(deployed.session, outputs["ApiUrl"]), _told(deployed, outputs)
    session_id = new_session_id()
    deployed.set_session(session_id, readyAfterSeconds=86_400)
    request = {"provider": "nimble", "studioId": "studio", "sessionId": session_id}
    _, _, waiting = api.call("POST", "streams", request)
    later = {"requests": [request], "startAt": "2027-06-01T08:00:00Z"}
    _, _, scheduled = api.call("POST", "batches", later)

    looked = _drain(deployed, "--timeout", "0")

    assert looked.returncode == 124, looked.stderr
    assert json.loads(looked.stdout)["left"]["executions"] == 1
    refused = eventually(lambda: _refused(api, request), "refusal")
    assert (refused["status"], refused["title"]) == (503, "Service Unavailable")
    assert api.call("POST", "batches", later)[0] == 503
    assert api.call("GET", f"streams/{waiting['id']}")[2]["state"] == "pending"
    time.sleep(READ_EVERY.total_seconds())  # another function may have looked just before the doors were closed
    started = deployed.sfn.start_execution(
        stateMachineArn=outputs["StateMachineArn"], name="too-late", input=json.dumps(request)
    )
    eventually(lambda: _has_failed(deployed, started["executionArn"]), "rejection")

    drained = _drain(deployed, "--cancel", "--timeout", "300")

    assert drained.returncode == 0, drained.stderr
    assert json.loads(drained.stdout) == {
        "doors": "closed",
        "drained": True,
        "left": {"executions": 0, "batches": 0, "requests": 0, "deliveries": 0},
        "letters": 1,
    }
    _, _, ended = api.call("GET", f"streams/{waiting['id']}")
    # The emulator's event of the end has no error, so this is the word for an execution that somebody has stopped.
    assert (ended["state"], ended["error"]) == ("cancelled", "DeploymentDrained")
    assert api.call("GET", f"batches/{scheduled['id']}")[2]["state"] == "cancelled"
    types = {message["data"]["id"]: message["type"] for message in told.all()}
    assert (types[waiting["id"]], types[scheduled["id"]]) == ("stream.cancelled", "batch.cancelled")
    assert set(types.values()) == {"stream.cancelled", "batch.cancelled"}
    letter = Inbox(deployed.sqs, outputs["RejectedRequestsQueueUrl"]).all()
    assert [(each["id"], each["error"]) for each in letter] == [("too-late", "DoorsClosed")]

    cloudformation = deployed.client("cloudformation")
    cloudformation.delete_stack(StackName=NAME)
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=NAME, WaiterConfig={"Delay": 1})


def _refused(api: Api, request: Mapping[str, str]) -> dict[str, Any] | None:
    """The problem, once the function knows that the doors are closed."""
    status, headers, answer = api.call("POST", "streams", request)
    assert status in {202, 503}
    return answer if status == 503 and headers["Retry-After"] == "300" else None


def _has_failed(deployed: Deployed, execution: str) -> bool | None:
    return deployed.sfn.describe_execution(executionArn=execution)["status"] == "FAILED" or None
