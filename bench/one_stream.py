"""One stream on the local stack: what AWS would count of it, from the request to the message.

Streams of one studio are ready after 20 s. Nothing is known of the first one; the others are planned by what was seen
of those before. What Lambda bills cannot be measured there; `bench/costs` counts it in the process.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import urllib3

from greenroom_cli.client import Api, PatientApi
from local.processes import StackError
from local.stack import LocalStack

READY_AFTER_SECONDS = 20
STREAMS = 4
GIVE_UP_SECONDS = 120
HTTP = urllib3.PoolManager()


def measure(stack: LocalStack) -> dict[str, Any]:
    """Ask for a few streams, one after the other. Another one goes first, so that no start of a process is measured."""
    clients = {
        name: stack.session.client(name, endpoint_url=stack.endpoint) for name in ("sns", "sqs", "stepfunctions")
    }
    inbox, api = _subscribe(clients, stack.outputs["TopicArn"]), PatientApi(Api(stack.session, stack.outputs["ApiUrl"]))
    _ask(stack, api, clients, inbox, session_id="warm-up", ready_after=0)
    found = [
        _ask(stack, api, clients, inbox, session_id=f"bench-{number}", ready_after=READY_AFTER_SECONDS)
        for number in range(STREAMS)
    ]
    return {"readyAfterSeconds": READY_AFTER_SECONDS, "first": found[0], "learned": found[-1]}


def _ask(
    stack: LocalStack, api: PatientApi, clients: Mapping[str, Any], inbox: str, *, session_id: str, ready_after: int
) -> dict[str, Any]:
    simulator = stack.services.urls["nimble"]
    setting = {"readyAfterSeconds": ready_after}
    HTTP.request("PUT", f"{simulator}/_simulator/sessions/{session_id}", json=setting)
    _, _, answer = api.call("POST", "streams", {"studioId": "bench", "sessionId": session_id})
    published = _published(clients["sqs"], inbox)
    history = _history(clients["stepfunctions"], stack.outputs["StateMachineArn"], answer["id"])
    calls = HTTP.request("GET", f"{simulator}/_simulator/calls", fields={"sessionId": session_id}).json()
    created, *looks = (
        datetime.fromisoformat(call["at"]).timestamp() for call in calls if call["operation"].endswith("SessionStream")
    )
    ready = created + ready_after
    return _counted(history) | {
        "getStreamingSessionStreamCalls": len(looks),
        "secondsFromReadyToSeen": round(min(look for look in looks if look >= ready) - ready, 1),
        "secondsFromReadyToMessage": round(published - ready, 1),
    }


def _counted(history: list[dict[str, Any]]) -> dict[str, Any]:
    """Transitions as AWS bills them: each state that is entered, and each retry of a task."""
    entered = [event for event in history if event["type"].endswith("StateEntered")]
    tasks = sum(event["type"] == "TaskStateEntered" for event in entered)
    attempts = sum(event["type"] in {"LambdaFunctionScheduled", "TaskScheduled"} for event in history)
    return {
        "stateTransitions": len(entered) + attempts - tasks,
        "retriesAmongThem": attempts - tasks,
        "historyEvents": len(history),
    }


def _subscribe(clients: Mapping[str, Any], topic_arn: str) -> str:
    url = clients["sqs"].create_queue(QueueName="bench")["QueueUrl"]
    arn = clients["sqs"].get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    clients["sns"].subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=arn)
    return str(url)


def _published(sqs: Any, queue_url: str) -> float:
    """When the topic's message came, in seconds since 1970."""
    give_up = time.monotonic() + GIVE_UP_SECONDS
    while time.monotonic() < give_up:
        answer = sqs.receive_message(QueueUrl=queue_url, WaitTimeSeconds=1, AttributeNames=["SentTimestamp"])
        for message in answer.get("Messages", []):
            outcome = json.loads(json.loads(message["Body"])["Message"])
            if outcome["type"] != "stream.ready":
                raise StackError(f"The stream did not become ready: {json.dumps(outcome)}")
            sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
            return int(message["Attributes"]["SentTimestamp"]) / 1000
    raise StackError(f"The topic published nothing within {GIVE_UP_SECONDS} s")


def _history(sfn: Any, state_machine_arn: str, request_id: str) -> list[dict[str, Any]]:
    """All events, once the execution has ended."""
    arn = state_machine_arn.replace(":stateMachine:", ":execution:") + f":{request_id}"
    while sfn.describe_execution(executionArn=arn)["status"] == "RUNNING":
        time.sleep(0.2)
    pages = sfn.get_paginator("get_execution_history").paginate(executionArn=arn)
    return [event for page in pages for event in page["events"]]
