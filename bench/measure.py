"""The performance figures: to the screen, and to bench/results.json. `make bench` runs it, in about a minute.

One stream that is ready after 20 s is asked for through the API, on the local stack, with the schedule of production.
What is counted there is what AWS counts; what Lambda bills cannot be measured there, and is left out.
"""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import boto3
import urllib3

from bench.sizes import asset_bytes, lines_of_code, modules_and_functions
from infra.settings import Settings
from local.cdk import ROOT
from local.demo import Api
from local.processes import StackError
from local.stack import REGION, LocalStack

RESULTS = Path(__file__).parent / "results.json"
READY_AFTER_SECONDS = 20
GIVE_UP_SECONDS = 120
# us-west-2, list price: https://aws.amazon.com/step-functions/pricing/
TRANSITION_DOLLARS = 0.000025
HTTP = urllib3.PoolManager()


def measure(stack: LocalStack) -> dict[str, Any]:
    """Ask for one stream and count what it took. Another one goes first, so that no start of a process is measured."""
    session = boto3.Session("test", "test", region_name=REGION)
    clients = {name: session.client(name, endpoint_url=stack.endpoint) for name in ("sns", "sqs", "stepfunctions")}
    inbox, api = _subscribe(clients, stack.outputs["TopicArn"]), Api(session, stack.outputs["ApiUrl"])
    for session_id, ready_after in (("warm-up", 0), ("bench", READY_AFTER_SECONDS)):
        setting = {"readyAfterSeconds": ready_after}
        HTTP.request("PUT", f"{stack.services.urls['nimble']}/_simulator/sessions/{session_id}", json=setting)
        _, _, answer = api.call("POST", "streams", {"studioId": "bench", "sessionId": session_id})
        published = _published(clients["sqs"], inbox)
    history = _history(clients["stepfunctions"], stack.outputs["StateMachineArn"], answer["id"])
    calls = HTTP.request(
        "GET", f"{stack.services.urls['nimble']}/_simulator/calls", fields={"sessionId": "bench"}
    ).json()
    created, *looks = (
        datetime.fromisoformat(call["at"]).timestamp() for call in calls if call["operation"].endswith("SessionStream")
    )
    ready = created + READY_AFTER_SECONDS
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
    transitions = len(entered) + attempts - tasks
    return {
        "stateTransitions": transitions,
        "retriesAmongThem": attempts - tasks,
        "historyEvents": len(history),
        "stepFunctionsDollarsPerRequest": round(transitions * TRANSITION_DOLLARS, 6),
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


def _report(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main() -> int:
    # As `make demo`: whatever ends this, what it started is stopped.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    settings = Settings()
    schedule = {
        "pollFirstSeconds": settings.poll_first_seconds,
        "pollBackoffRate": settings.poll_backoff_rate,
        "pollMaxSeconds": settings.poll_max_seconds,
    }
    try:
        context = {name: str(value) for name, value in schedule.items()}
        with LocalStack(ROOT / ".greenroom" / "bench", report=_report, settings=context) as stack:
            _report(f"asking for a stream that is ready after {READY_AFTER_SECONDS} s")
            flow = measure(stack)
    except StackError as error:
        _report(str(error))
        return 1
    except KeyboardInterrupt:
        _report("interrupted; everything that was started has been stopped")
        return 130
    results = {
        "schedule": schedule,
        "readyAfterSeconds": READY_AFTER_SECONDS,
        **flow,
        "notMeasured": "Lambda's price: what it bills for is known only on AWS",
        "linesOfCode": lines_of_code(),
        "modulesAndFunctions": modules_and_functions(),
        "assetUnzippedBytes": asset_bytes(),
    }
    RESULTS.write_text(json.dumps(results, indent=2) + "\n")
    print(json.dumps(results, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
