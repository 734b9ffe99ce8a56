"""A deployment in this process: the real functions, with moto's AWS and simulated services, on one clock."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from unittest.mock import patch

import time_machine
from botocore.session import Session
from moto import mock_aws

from greenroom.environment import variables
from greenroom_cdk.flow.stream_filters import ENDED, OBSERVED, RELEASED, RENEWED
from local.simulator import serve
from simulation.event_patterns import matches
from simulation.process import Handler, environment, functions
from tests.contract.support import Control, connect
from tests.support.tables import a_table, a_table_of_batches, a_table_of_records

Item = Mapping[str, Any]
"""An item as DynamoDB writes it: `{"id": {"S": …}, …}`."""
Clients = Callable[[str], Any]
"""Gives the one client of a service."""
Tables = Mapping[str, list[Item]]
"""The items of each table, by the kind of thing that it holds."""

START = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
REGION = "us-west-2"
OWNER = "arn:aws:iam::123456789012:user/ada"
BUCKET = "classes"
PROVIDERS = ("nimble", "appstream")
MACHINES = ("stream", "batch")
FUNCTIONS = (
    "AcceptRequest", "RejectRequest", "PrepareSession", "CreateStream", "GetStream", "RecordFailure",
    "BeginBatch", "SubmitSlice", "CountBatch", "CancelRequests", "EndBatch",
    "Announce", "Api", "Deliver", "Learn", "ReleaseSession",
)  # fmt: skip
SIGNING_SECRET = "c2lnbnMgZXZlcnkgd2ViaG9vaywgYW5kIGV2ZXJ5IGxpbms="  # noqa: S105  # signs nothing outside of tests
_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": REGION}
_QUIET = {"POWERTOOLS_LOG_LEVEL": "CRITICAL", "POWERTOOLS_METRICS_NAMESPACE": "Greenroom"}
_MAKERS: Mapping[str, Callable[[Any], str]] = {
    "records": a_table_of_records,
    "stream_urls": a_table,
    "schedules": a_table,
    "paces": a_table,
    "batches": a_table_of_batches,
}
_QUEUES = ("delivery", "dead_letter", "rejected_requests", "event_requests")


@dataclass
class Deployment:
    """`functions` and `tables` by their names, `services` by the providers; `aws` gives clients."""

    functions: Mapping[str, Handler]
    tables: Mapping[str, str]
    queues: Mapping[str, str]
    machines: Mapping[str, str]
    services: Mapping[str, Control]
    clock: time_machine.Traveller
    aws: Clients

    @property
    def nimble(self) -> Any:
        """A client of the simulated Nimble Studio."""
        return connect(self.services["nimble"].url)

    @property
    def now(self) -> datetime:
        return datetime.now(UTC)

    def call(self, name: str, event: Any) -> Any:
        """Call a function, and then those that follow the tables, until nothing changes any more."""
        before = self.items(*_FOLLOWED)
        try:
            return self.functions[name](event)
        finally:
            self.follow(before)

    def follow(self, before: Tables) -> None:
        """Call the functions that hear of what has changed in the tables, as their filters say."""
        for kind, name, patterns in _FOLLOWERS:
            for images in _changes(before[kind], self.items(kind)[kind]):
                if any(matches(pattern, images) for pattern in patterns):
                    change = {"Keys": {"id": images["NewImage"]["id"]}, "SequenceNumber": "1", **images}
                    answer = self.call(name, {"Records": [{"eventName": "MODIFY", "dynamodb": change}]})
                    assert answer == {"batchItemFailures": []}

    def api(self, method: str, path: str, body: Any = None, resource: str | None = None, **headers: str) -> Any:
        """Call the API as its owner; return the status and the parsed body."""
        path, _, query = path.partition("?")
        event = {
            "resource": resource or path,
            "path": path,
            "httpMethod": method,
            "headers": {"Content-Type": "application/json", **headers},
            "multiValueHeaders": {},
            "queryStringParameters": dict(each.split("=") for each in query.split("&")) if query else None,
            "pathParameters": None,
            "requestContext": {"stage": "v1", "path": f"/v1{path}", "identity": {"userArn": OWNER}},
            "body": None if body is None else json.dumps(body),
            "isBase64Encoded": False,
        }
        answer = self.call("Api", event)
        return answer["statusCode"], json.loads(answer["body"])

    def deliver(self) -> None:
        """Attempt what is in the delivery queue, each once. What was not taken stays hidden there for a while."""
        sqs, url = self.aws("sqs"), self.queues["delivery"]
        for message in self._messages("delivery"):
            receipt = message["ReceiptHandle"]
            given = {"messageId": message["MessageId"], "receiptHandle": receipt, "body": message["Body"]}
            given |= {"attributes": message["Attributes"], "eventSource": "aws:sqs"}
            event = {"Records": [given]}
            if not self.call("Deliver", event)["batchItemFailures"]:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=receipt)

    def take(self, queue: str) -> list[str]:
        """Take all messages out of a queue; `topic` holds what the topic published."""
        messages = self._messages(queue)
        for message in messages:
            self.aws("sqs").delete_message(QueueUrl=self.queues[queue], ReceiptHandle=message["ReceiptHandle"])
        return [str(message["Body"]) for message in messages]

    def send(self, queue: str, body: str) -> None:
        self.aws("sqs").send_message(QueueUrl=self.queues[queue], MessageBody=body)

    def _messages(self, queue: str) -> list[Any]:
        found, ask = list[Any](), {"QueueUrl": self.queues[queue], "MaxNumberOfMessages": 10, "AttributeNames": ["All"]}
        while messages := self.aws("sqs").receive_message(**ask).get("Messages"):
            found += messages
        return found

    def started(self, machine: str) -> dict[str, Any]:
        """The inputs of the executions that were started and not stopped, by their names."""
        sfn, arn = self.aws("stepfunctions"), self.machines[machine]
        found = sfn.list_executions(stateMachineArn=arn, statusFilter="RUNNING")["executions"]
        described = [sfn.describe_execution(executionArn=each["executionArn"]) for each in found]
        return {each["name"]: json.loads(each["input"]) for each in sorted(described, key=lambda each: each["name"])}

    def start(self, machine: str, name: str, given: Any) -> None:
        arn = self.machines[machine]
        self.aws("stepfunctions").start_execution(stateMachineArn=arn, name=name, input=json.dumps(given))

    def items(self, *kinds: str) -> Tables:
        """The items of these tables, or of all."""
        dynamodb = self.aws("dynamodb")
        found = {kind: dynamodb.scan(TableName=self.tables[kind])["Items"] for kind in kinds or self.tables}
        return {kind: sorted(items, key=lambda item: str(item["id"])) for kind, items in found.items()}

    def item(self, kind: str, item_id: str) -> Item | None:
        return next((item for item in self.items()[kind] if item["id"] == {"S": item_id}), None)

    def put(self, tables: Tables) -> None:
        for kind, items in tables.items():
            for item in items:
                self.aws("dynamodb").put_item(TableName=self.tables[kind], Item=item)

    def clear(self, kind: str) -> None:
        """Delete all items of a table."""
        for item in self.items()[kind]:
            self.aws("dynamodb").delete_item(TableName=self.tables[kind], Key={"id": item["id"]})

    def forget(self) -> None:
        """Begin again: no item, no message, no execution, no stream, at the time when everything begins."""
        for kind in self.tables:
            self.clear(kind)
        self.clock.shift(timedelta(days=1))  # what is hidden is seen again by then
        for queue in self.queues:
            self.take(queue)
        for name, arn in self.machines.items():
            self.aws("stepfunctions").delete_state_machine(stateMachineArn=arn)
            assert _machine(self.aws, name) == arn
        for service in self.services.values():
            service.forget()
        self.clock.move_to(START)


_FOLLOWERS = (
    ("records", "Announce", (ENDED, RENEWED)),
    ("records", "ReleaseSession", RELEASED),
    ("schedules", "Learn", (OBSERVED,)),
)


_FOLLOWED = ("records", "schedules")


def _changes(before: list[Item], after: list[Item]) -> Iterator[dict[str, Item]]:
    old = {str(item["id"]): item for item in before}
    for item in after:
        was = old.get(str(item["id"]))
        if was != item:
            yield {"NewImage": item, **({"OldImage": was} if was else {})}


@contextmanager
def deployed(names: Sequence[str] = FUNCTIONS) -> Iterator[Deployment]:
    """Deploy for all tests of a module: its functions, of these names, are imported once."""
    with ExitStack() as stack:
        clock = stack.enter_context(time_machine.travel(START, tick=False))
        # What sleeps, such as a task that waits for its turn, sees time pass.
        stack.enter_context(patch.object(time, "sleep", clock.shift))
        urls = {name: stack.enter_context(serve(name)).url for name in PROVIDERS}
        endpoints = {f"AWS_ENDPOINT_URL_{name.upper()}": url for name, url in urls.items()}
        stack.enter_context(environment({**_CREDENTIALS, **_QUIET, **endpoints}))
        stack.enter_context(mock_aws())
        session = Session()
        aws: Clients = cache(lambda service: session.create_client(service, region_name=REGION))
        tables = {kind: make(aws("dynamodb")) for kind, make in _MAKERS.items()}
        queues = {name: aws("sqs").create_queue(QueueName=name)["QueueUrl"] for name in (*_QUEUES, "topic")}
        machines = {name: _machine(aws, name) for name in MACHINES}
        aws("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        named = variables(
            **{f"{kind}_table": name for kind, name in tables.items()},
            **{f"{name}_queue_url": queues[name] for name in _QUEUES},
            state_machine_arn=machines["stream"],
            batch_machine_arn=machines["batch"],
            topic_arn=_topic(aws, queues["topic"]),
            event_bus_name="default",
            link_secret_arn=_secret(aws, "links"),
            webhook_secret_arn=_secret(aws, "webhooks"),
            webhook_signing_key_arn=_secret(aws, "webhooks-key", "s" * 43),
            api_url="https://api.example/v1/",
            trusted_callback_hosts="127.0.0.1",
            providers=",".join(PROVIDERS),
            batch_buckets=BUCKET,
            default_notify='[{"type":"sns"}]',
            renew_expired_urls="true",
            deadline_seconds="900",
            retention_days="7",
        )
        made = functions(names, {**_CREDENTIALS, **_QUIET, **endpoints, **named})
        services = {name: Control(url) for name, url in urls.items()}
        yield Deployment(made, tables, queues, machines, services, clock, aws)


def _machine(aws: Clients, name: str) -> str:
    """A machine that only takes its executions down: sfnx runs them."""
    definition = json.dumps({"StartAt": "End", "States": {"End": {"Type": "Succeed"}}})
    role = "arn:aws:iam::123456789012:role/states"
    made = aws("stepfunctions").create_state_machine(name=name, definition=definition, roleArn=role)
    return str(made["stateMachineArn"])


def _topic(aws: Clients, queue_url: str) -> str:
    arn = str(aws("sns").create_topic(Name="topic")["TopicArn"])
    attributes = aws("sqs").get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])["Attributes"]
    raw = {"RawMessageDelivery": "true"}
    aws("sns").subscribe(TopicArn=arn, Protocol="sqs", Endpoint=attributes["QueueArn"], Attributes=raw)
    return arn


def _secret(aws: Clients, name: str, value: str = SIGNING_SECRET) -> str:
    return str(aws("secretsmanager").create_secret(Name=name, SecretString=value)["ARN"])
