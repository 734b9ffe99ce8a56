"""The deployed stack as its users meet it: signed HTTP, events, executions, the topic, the bus and its queues."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import boto3
import urllib3

from greenroom_cli.client import Api
from local.stack import ACCOUNT, LOCAL_SETTINGS, LocalStack

T = TypeVar("T")

PATIENCE_SECONDS = 60.0
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
# Sessions of the roles Artist… ask for sessions and servers of their own person; the other tests, as the account's
# root, for those of everybody.
IDENTITIES = [
    {
        "name": name,
        "callers": callers,
        "provider": provider,
        "field": field,
        "values": values,
    }
    for name, callers, provider, field, values in (
        ("own-sessions", f"arn:aws:sts::{ACCOUNT}:assumed-role/Artist*/*", "dcv", "owner", "{sessionName}"),
        ("other-tests", ROOT, "dcv", "owner", "*"),
        ("other-tests-without-callers", ["event", "execution"], "dcv", "owner", "sg-*"),
        ("own-servers", f"arn:aws:sts::{ACCOUNT}:assumed-role/Artist*/*", "jupyterhub", "user", "{sessionName}"),
        ("other-tests-of-a-hub", [ROOT, "event", "execution"], "jupyterhub", "user", "*"),
    )
]
# More than the other tests have under way at a time.
MAX_PENDING_REQUESTS, MAX_BATCH_REQUESTS = 200, 500
SETTINGS = {
    **LOCAL_SETTINGS,
    "identities": json.dumps(IDENTITIES),
    "maxPendingRequests": str(MAX_PENDING_REQUESTS),
    "maxBatchRequests": str(MAX_BATCH_REQUESTS),
}
"""Those of the one stack of all deployed tests."""


def eventually(probe: Callable[[], T | None], what: str, seconds: float = PATIENCE_SECONDS) -> T:
    """Ask again until there is an answer; fail with what was waited for."""
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        if (found := probe()) is not None:
            return found
        time.sleep(0.2)
    raise AssertionError(f"No {what} within {seconds:.0f} s")


def new_session_id(prefix: str = "session") -> str:
    return f"{prefix}-{uuid.uuid4().hex[:12]}"


class Inbox:
    """A queue that keeps all it ever received, so that tests can look for theirs in any order."""

    def __init__(self, sqs: Any, queue_url: str) -> None:
        self._sqs = sqs
        self._queue_url = queue_url
        self._kept: list[dict[str, Any]] = []

    def all(self) -> list[dict[str, Any]]:
        while batch := self._sqs.receive_message(QueueUrl=self._queue_url, MaxNumberOfMessages=10).get("Messages"):
            for message in batch:
                self._kept.append(json.loads(message["Body"]))
                self._sqs.delete_message(QueueUrl=self._queue_url, ReceiptHandle=message["ReceiptHandle"])
        return self._kept

    def find(self, matches: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
        return [message for message in self.all() if matches(message)]


@dataclass
class Deployed:
    """One deployed stack, with an inbox on each place where outcomes appear."""

    stack: LocalStack
    session: boto3.Session = field(init=False)
    topic: Inbox = field(init=False)
    bus: Inbox = field(init=False)
    dead_letters: Inbox = field(init=False)
    rejected_requests: Inbox = field(init=False)

    def __post_init__(self) -> None:
        self.session = self.stack.session
        self.api = Api(self.session, self.outputs["ApiUrl"])
        self.http = urllib3.PoolManager()
        self.sqs, self.sfn, self.events = self.client("sqs"), self.client("stepfunctions"), self.client("events")
        self.topic, self.bus = self._topic_inbox(), self._bus_inbox()
        self.dead_letters = Inbox(self.sqs, self.outputs["DeadLetterQueueUrl"])
        self.rejected_requests = Inbox(self.sqs, self.outputs["RejectedRequestsQueueUrl"])

    @property
    def outputs(self) -> Mapping[str, str]:
        return self.stack.outputs

    def client(self, service: str) -> Any:
        return self.session.client(service, endpoint_url=self.stack.endpoint)  # type: ignore[call-overload]

    def resource(self, logical_id_starts_with: str) -> str:
        """The physical name of the one resource of the stack whose logical id is this and a hash."""
        pages = self.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName="Greenroom")
        found = {
            resource["PhysicalResourceId"]
            for page in pages
            for resource in page["StackResourceSummaries"]
            if resource["LogicalResourceId"][:-8] == logical_id_starts_with
        }
        assert len(found) == 1, (logical_id_starts_with, found)
        return str(found.pop())

    @property
    def records(self) -> Any:
        """The table of records."""
        return self.session.resource("dynamodb", endpoint_url=self.stack.endpoint).Table(
            self.resource("StorageRecords")
        )

    def set_session(self, key: str, service: str = "nimble", **setting: Any) -> None:
        """Tell a simulated service how a session behaves, or a fleet, a stream group, the sessions of an owner."""
        url = f"{self.stack.services.urls[service]}/_simulator/sessions/{key}"
        answer = self.http.request("PUT", url, json=setting)
        assert answer.status == 200, answer.data

    def calls(self, key: str, operation: str | None = None, service: str = "nimble") -> list[dict[str, Any]]:
        """The calls of a simulated service about a session, or a fleet, a stream group, the sessions of an owner."""
        url = f"{self.stack.services.urls[service]}/_simulator/calls"
        answer = self.http.request("GET", url, fields={"sessionId": key})
        return [call for call in answer.json() if operation in {None, call["operation"]}]

    def post(self, request: Any, **headers: str) -> tuple[int, Any, dict[str, Any]]:
        return self.api.call("POST", "streams", request, headers)

    def ask(self, setting: Mapping[str, Any] | None = None, **fields: Any) -> str:
        """Ask for the stream of a new session, ready at once or as `setting` says. Return the request's id."""
        session_id = new_session_id()
        self.set_session(session_id, **{"readyAfterSeconds": 0, **(setting or {})})
        status, _, body = self.post({"provider": "nimble", "studioId": "studio", "sessionId": session_id, **fields})
        assert status == 202, body
        return str(body["id"])

    def put_event(self, detail: Any) -> str:
        entry = {
            "EventBusName": self.outputs["EventBusName"],
            "Source": "studio.tools",
            "DetailType": "Stream Requested",
        }
        answer = self.events.put_events(Entries=[entry | {"Detail": json.dumps(detail)}])
        return str(answer["Entries"][0]["EventId"])

    def start_execution(self, request: Any) -> str:
        name = f"direct-{uuid.uuid4()}"
        self.sfn.start_execution(stateMachineArn=self.outputs["StateMachineArn"], name=name, input=json.dumps(request))
        return name

    def execution_arn(self, request_id: str) -> str:
        return self.outputs["StateMachineArn"].replace(":stateMachine:", ":execution:") + f":{request_id}"

    def history(self, request_id: str) -> list[dict[str, Any]]:
        pages = self.sfn.get_paginator("get_execution_history").paginate(executionArn=self.execution_arn(request_id))
        return [event for page in pages for event in page["events"]]

    def states(self, request_id: str) -> Iterator[str]:
        """The names of the states that an execution has entered, in order."""
        for event in self.history(request_id):
            if "stateEnteredEventDetails" in event:
                yield event["stateEnteredEventDetails"]["name"]

    def execution(self, request_id: str) -> dict[str, Any]:
        """The execution of a request, once it has ended."""

        def ended() -> dict[str, Any] | None:
            found: dict[str, Any] = self.sfn.describe_execution(executionArn=self.execution_arn(request_id))
            return found if found["status"] != "RUNNING" else None

        return eventually(ended, f"end of execution {request_id}")

    def message(self, request_id: str) -> dict[str, Any]:
        """The one message that the topic published for a request."""
        return eventually(
            lambda: _only(self.topic.find(lambda m: m["data"]["id"] == request_id)), f"message of {request_id}"
        )

    def event(self, request_id: str) -> dict[str, Any]:
        """The one event that the bus got for a request: `detail-type` and `detail`."""
        return eventually(
            lambda: _only(self.bus.find(lambda e: request_id in json.dumps(e["detail"]))), f"event of {request_id}"
        )

    def _topic_inbox(self) -> Inbox:
        url, arn = self.queue("topic-inbox")
        self.client("sns").subscribe(
            TopicArn=self.outputs["TopicArn"], Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"}
        )
        return Inbox(self.sqs, url)

    def _bus_inbox(self) -> Inbox:
        url, arn = self.queue("bus-inbox")
        bus = self.outputs["EventBusName"]
        pattern = json.dumps({"source": ["greenroom"]})
        self.events.put_rule(Name="bus-inbox", EventBusName=bus, EventPattern=pattern)
        self.events.put_targets(Rule="bus-inbox", EventBusName=bus, Targets=[{"Id": "inbox", "Arn": arn}])
        return Inbox(self.sqs, url)

    def queue(self, name: str) -> tuple[str, str]:
        url = self.sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        anyone = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [anyone]})
        self.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
        return url, arn


def _only(found: list[T]) -> T | None:
    assert len(found) < 2, f"announced more than once: {found}"
    return found[0] if found else None
