"""A deployment and all that CloudWatch has of it: what its functions emit, and what AWS emits for what happens here.

The functions are the real ones, in this process, with moto's AWS on a clock of its own; the alarms are those of the
template. What AWS itself does around them is written here by its documentation, which each place cites.
"""

from __future__ import annotations

import io
import json
import logging
import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import botocore.handlers
from botocore.exceptions import ClientError
from botocore.model import OperationModel
from moto.sqs.models import sqs_backends
from sfnx.testing import Failure

from greenroom.adapters import secrets
from greenroom.adapters.records_table import DynamoDbRecords
from greenroom.observability import logger
from tests.infra.synthesised import Resource, Synthesised, as_text
from tests.releases.deployment import FUNCTIONS, REGION, Deployment, deployed
from tests.support.cloudwatch import CloudWatch
from tests.support.receiver import Receiver, receive

PERIOD = timedelta(minutes=5)
OTHERS = ("AcceptEvent", "Reconcile", "ReconcileBatch", "Sweep", "SweepBatches", "WebhookKeys")
# The queues, as the deployment and as the template name them.
QUEUES = {
    "dead_letter": "ChannelsDeadLetterQueue.QueueName",
    "rejected_requests": "ChannelsRejectedRequestsQueue.QueueName",
    "delivery": "ChannelsDeliveryQueue.QueueName",
    "event_requests": "EventRequestsQueue.QueueName",
}
_ACCOUNT = "123456789012"  # moto's
_FOLLOWERS = ("Announce", "Learn", "ReleaseSession")
# https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html: one call, and two more.
_ASYNC_ATTEMPTS = 3


class Faults:
    """The calls of AWS and of services that fail now: `{("sqs", "SendMessage"): "AccessDenied"}`."""

    def __init__(self) -> None:
        self.codes: dict[tuple[str, str], str] = {}

    def answer(self, model: OperationModel, **_: Any) -> tuple[Any, dict[str, Any]] | None:
        """Answer in the place of botocore's request and of its retries."""
        code = self.codes.get((model.service_model.service_name, model.name))
        if code is None:
            return None
        status = 400 if code in {"AccessDeniedException", "AccessDenied", "ThrottlingException"} else 503
        error = {"Code": code, "Message": "So the test says"}
        return SimpleNamespace(status_code=status), {
            "Error": error,
            "ResponseMetadata": {"HTTPStatusCode": status},
        }

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Be asked by every session that begins meanwhile."""
        handlers: list[Any] = botocore.handlers.BUILTIN_HANDLERS
        handlers.append(("before-call", self.answer))
        try:
            yield
        finally:
            handlers.remove(("before-call", self.answer))


@dataclass
class Operated:
    """`throttled`: the functions that Lambda has no room for; `held`: what it has yet to call each with, since when.

    `silent`: rules and mappings that somebody has disabled; `forbidden`: the rules whose target takes nothing of them.
    """

    deployment: Deployment
    stack: Synthesised
    faults: Faults
    receiver: Receiver
    log: io.StringIO
    cloudwatch: CloudWatch = field(default_factory=CloudWatch)
    throttled: set[str] = field(default_factory=set)
    held: dict[str, list[tuple[Any, datetime]]] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)
    forbidden: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        functions = self.stack.properties("AWS::Lambda::Function").items()
        self._names = {each["Handler"].split(".")[2].replace("_", ""): name for name, each in functions}
        alarms = self.stack.properties("AWS::CloudWatch::Alarm")
        self.alarms = {name.removeprefix("Monitoring"): alarm for name, alarm in alarms.items()}
        real = self.deployment.functions
        self.deployment.functions = {name: self._followed(name, self._metered(name, real[name])) for name in real}

    # Whether an alarm is raised.

    def state(self, name: str) -> str:
        return self.cloudwatch.state(self.alarms[name], self.deployment.now)

    def forget(self) -> None:
        """Begin again, with nothing wrong."""
        self.faults.codes.clear()
        self.deployment.forget()
        self.cloudwatch.values.clear()
        for each in (self.throttled, self.held, self.silent, self.forbidden, self.receiver.received):
            each.clear()
        self.receiver.will_answer(204)
        self.lines()

    def tick(self) -> None:
        """Let five minutes pass: what is scheduled runs, and AWS emits what it emits all the time."""
        for name, rule in self.stack.properties("AWS::Events::Rule").items():
            if "ScheduleExpression" in rule and name not in self.silent:
                self.fire(name, {})
        self._sample_queues()
        self._sample_mappings()
        self.deployment.clock.shift(PERIOD)

    def put(self, namespace: str, name: str, value: float, **dimensions: str) -> None:
        self.cloudwatch.put(namespace, name, value, self.deployment.now, **dimensions)

    def lines(self) -> list[dict[str, Any]]:
        """What the functions have logged since the last time."""
        text = self.log.getvalue()
        self.log.seek(0)
        self.log.truncate()
        return [json.loads(line) for line in text.splitlines()]

    def logged(self, message: str) -> dict[str, Any]:
        """The latest line with this message."""
        (*_, found) = (line for line in self.lines() if message in line["message"])
        return found

    # What people and services do.

    def ask(self, **more: Any) -> str:
        """Ask for a stream of a session that is there; return the request's id."""
        body = {"provider": "nimble", "studioId": "studio", "sessionId": "session", "deadlineSeconds": 60, **more}
        status, answer = self.deployment.api("POST", "/streams", body)
        assert status == 202, answer
        return str(answer["id"])

    def cancel(self, request_id: str) -> None:
        assert self.deployment.api("DELETE", f"/streams/{request_id}")[0] == 202

    def started(self, request_id: str) -> None:
        """Something was started for the request."""
        records = DynamoDbRecords(self.deployment.aws("dynamodb"), self.deployment.tables["records"], timedelta(days=7))
        assert records.note_start(request_id, "token", renewal=False)

    def webhook(self) -> dict[str, Any]:
        return {"notify": [{"type": "webhook", "url": f"{self.receiver.url}/hook"}]}

    def call_api(self, method: str, path: str) -> int:
        """Call the API, and count what API Gateway counts: answers with a status of 5xx, and the function's errors.

        https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
        """
        try:
            status = int(self.deployment.api(method, path)[0])
        except (Failure, TypeError):
            status = 502
        if status >= 500:
            self.put("AWS/ApiGateway", "5XXError", 1, ApiName=self.stack.one("AWS::ApiGateway::RestApi")["Name"])
        return status

    def abort(self, machine: str, name: str) -> dict[str, Any]:
        """Somebody stops an execution. Return the event that EventBridge gets."""
        arn = self.deployment.machines[machine].replace(":stateMachine:", ":execution:") + f":{name}"
        sfn = self.deployment.aws("stepfunctions")
        sfn.stop_execution(executionArn=arn)
        given = sfn.describe_execution(executionArn=arn)["input"]
        return {"detail": {"name": name, "executionArn": arn, "status": "ABORTED", "input": given}}

    # What AWS does.

    def call(self, name: str, event: Any) -> Any:
        """Call a function; None if it fails, or Lambda has no room for it."""
        try:
            return self.deployment.call(name, event)
        except Failure:
            return None

    def call_later(self, name: str, event: Any) -> None:
        """Call a function asynchronously: where all attempts fail, its destination has the event, or nobody has.

        https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
        """
        if any(self.call(name, event) is not None for _ in range(_ASYNC_ATTEMPTS)):
            return
        try:
            self.deployment.send("rejected_requests", json.dumps({"requestContext": {}, "requestPayload": event}))
        except ClientError:
            self.put("AWS/Lambda", "DestinationDeliveryFailures", 1, FunctionName=self._name(name))

    def fire(self, rule: str, event: Any) -> None:
        """Have a rule call its target. What the target may not be called with is gone, or in the dead-letter queue.

        https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
        """
        properties = self.stack.properties("AWS::Events::Rule")[rule]
        (target,) = properties["Targets"]
        function = as_text(target["Arn"]).split(".")[0]
        if rule not in self.forbidden:
            assert function in self._targets_that_allow(rule)
            if function in self._names.values():
                self.call(next(each for each in self.deployment.functions if self._name(each) == function), event)
            return
        try:
            kept = "DeadLetterConfig" in target
            if kept:
                self.deployment.send("rejected_requests", json.dumps(event))
        except ClientError:
            self.put("AWS/Events", "InvocationsFailedToBeSentToDlq", 1, **_dimensions(rule, properties))
        if not kept:
            self.put("AWS/Events", "FailedInvocations", 1, **_dimensions(rule, properties))

    def take_events(self) -> None:
        """Have AcceptEvent called with what is in its queue, each message once."""
        for message in self.deployment._messages("event_requests"):  # noqa: SLF001
            given = {"messageId": message["MessageId"], "receiptHandle": message["ReceiptHandle"]}
            given |= {"body": message["Body"], "attributes": message["Attributes"], "eventSource": "aws:sqs"}
            answer = self.call("AcceptEvent", {"Records": [given]})
            if answer == {"batchItemFailures": []}:
                url = self.deployment.queues["event_requests"]
                self.deployment.aws("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    def send_event(self, detail: Any) -> None:
        """Put an event where the rule of the bus puts it."""
        self.deployment.send("event_requests", json.dumps({"id": str(uuid.uuid4()), "detail": detail}))

    def read_tables(self, name: str) -> None:
        """Have a follower called with what is held for it."""
        for event, since in self.held.pop(name, []):
            self._read(name, event, since)

    def _read(self, name: str, event: Any, since: datetime) -> None:
        """Hand a change over. Its age is emitted when it is read, whatever the function does with it.

        https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
        """
        age = (self.deployment.now - since).total_seconds() * 1000
        self.put("AWS/Lambda", "IteratorAge", age, FunctionName=self._name(name))
        try:
            self._real[name](event)
        except Failure:
            self.held.setdefault(name, []).append((event, since))

    def _followed(self, name: str, function: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """A function that follows a table is called again with what it could not handle, or was not called with."""
        if name not in _FOLLOWERS:
            return function
        self._real = {**getattr(self, "_real", {}), name: function}

        def follow(event: Any) -> Any:
            if name in self.throttled:
                self.held.setdefault(name, []).append((event, self.deployment.now))
            else:
                self._read(name, event, self.deployment.now)
            return {"batchItemFailures": []}

        return follow

    def _metered(self, name: str, function: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html."""

        def call(event: Any) -> Any:
            if name in self.throttled:
                self.put("AWS/Lambda", "Throttles", 1, FunctionName=self._name(name))
                raise Failure("Lambda.TooManyRequestsException", "Rate Exceeded.")
            self.put("AWS/Lambda", "Invocations", 1, FunctionName=self._name(name))
            failed, output = True, io.StringIO()
            try:
                with redirect_stdout(output):
                    answer = function(event)
                failed = False
            finally:
                self.put("AWS/Lambda", "Errors", failed, FunctionName=self._name(name))
                for line in output.getvalue().splitlines():
                    self.cloudwatch.take(line, self.deployment.now)
            return answer

        return call

    def _name(self, function: str) -> str:
        return self._names[function.lower()]

    def _targets_that_allow(self, rule: str) -> set[str]:
        """The functions that a rule may call, and the queues that it may send to, by the template's own statements."""
        permissions = self.stack.properties("AWS::Lambda::Permission").values()
        allowed = {as_text(each["FunctionName"]) for each in permissions if as_text(each.get("SourceArn")) == rule}
        policies = self.stack.properties("AWS::SQS::QueuePolicy").values()
        return allowed | {
            as_text(queue)
            for policy in policies
            for statement in policy["PolicyDocument"]["Statement"]
            for queue in policy["Queues"]
            if as_text(statement.get("Condition", {}).get("ArnEquals", {}).get("aws:SourceArn")) == rule
        }

    def _sample_queues(self) -> None:
        """SQS emits these every minute; the age is of messages that were not received more than three times.

        https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
        """
        queues = sqs_backends[_ACCOUNT][REGION].queues
        for name, shown in QUEUES.items():
            messages = queues[name].messages
            self.put("AWS/SQS", "ApproximateNumberOfMessagesVisible", len(messages), QueueName=shown)
            sent = [(each.sent_timestamp or 0) / 1000 for each in messages if each.approximate_receive_count <= 3]
            age = max((self.deployment.now.timestamp() - at for at in sent), default=0.0)
            self.put("AWS/SQS", "ApproximateAgeOfOldestMessage", age, QueueName=shown)

    def _sample_mappings(self) -> None:
        """Each mapping that is enabled polls, and each poll is a value.

        https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
        """
        for name, mapping in self.stack.properties("AWS::Lambda::EventSourceMapping").items():
            if as_text(mapping["FunctionName"]) not in self.silent:
                self.put("AWS/Lambda", "PolledEventCount", 0, EventSourceMappingUUID=name)


def _dimensions(rule: str, properties: Resource) -> Mapping[str, str]:
    """The dimensions of a rule's metrics, as parts of its ARN: `rule/NAME` or `rule/BUS/NAME`."""
    if properties.get("EventBusName"):
        return {"EventBusName": f"{rule} /1", "RuleName": f"{rule} /2"}
    return {"RuleName": f"{rule} /1"}


@contextmanager
def operated(stack: Synthesised) -> Iterator[Operated]:
    faults, log = Faults(), io.StringIO()
    handler, level, kept = logger.registered_handler, logger.log_level, secrets.KEPT_SECONDS
    assert isinstance(handler, logging.StreamHandler)
    # Ten seconds are over between two calls here, though the clock that counts them may stand still.
    secrets.KEPT_SECONDS = 0
    with faults.at_work(), deployed((*FUNCTIONS, *OTHERS)) as deployment, receive() as receiver:
        stream = handler.setStream(log)
        logger.setLevel(logging.INFO)
        try:
            with patch.dict(os.environ, POWERTOOLS_SERVICE_NAME=stack.name):
                yield Operated(deployment, stack, faults, receiver, log)
        finally:
            logger.setLevel(level)
            handler.setStream(stream)
            secrets.KEPT_SECONDS = kept
