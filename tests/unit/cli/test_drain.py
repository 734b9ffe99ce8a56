"""`greenroom drain` on a stack in process: where it finds what it needs, what it changes, and how it ends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from greenroom.domain.doors import DOORS_ITEM
from greenroom_cli.commands import drain as command
from greenroom_cli.deployment import Deployment
from greenroom_cli.drain.aws import AwsRunningStack
from greenroom_cli.drain.running_stack import Run
from greenroom_cli.errors import NoStack
from greenroom_cli.target import Target
from tests.unit.cli.conftest import Terminal

ROLE = "arn:aws:iam::123456789012:role/flow"
DEFINITION = json.dumps({"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 900, "End": True}}})
SCHEDULED = {"batch": "b-1", "startAt": "2099-11-24T08:55:00Z", "closing": False}


def _table(*keys: str) -> dict[str, Any]:
    index = {
        "IndexName": "due",
        "KeySchema": [{"AttributeName": "open", "KeyType": "HASH"}, {"AttributeName": "dueAt", "KeyType": "RANGE"}],
        "Projection": {"ProjectionType": "KEYS_ONLY"},
    }
    return {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {
            "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"} for key in ("id", *keys)],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
            **({"GlobalSecondaryIndexes": [index]} if keys else {}),
        },
    }


def _machine(name: str) -> dict[str, Any]:
    properties = {"DefinitionString": DEFINITION, "RoleArn": ROLE, "StateMachineName": name}
    return {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}


QUEUES = ("ChannelsDeliveryQueue", "ChannelsDeadLetterQueue", "ChannelsRejectedRequestsQueue", "EventRequestsQueue")
TEMPLATE = {
    "Resources": {
        "StoragePaces0A1B2C3D": _table(),
        "StorageRecords0A1B2C3D": _table("open", "dueAt"),
        "StorageBatches0A1B2C3D": _table("open", "dueAt"),
        "WorkflowStateMachine0A1B2C3D": _machine("Greenroom"),
        "BatchesStateMachine0A1B2C3D": _machine("Batches"),
        **{f"{name}0A1B2C3D": {"Type": "AWS::SQS::Queue"} for name in QUEUES},
        "SomebodyElsesQueue": {"Type": "AWS::SQS::Queue"},
    },
    "Outputs": {
        "StateMachineArn": {"Value": {"Ref": "WorkflowStateMachine0A1B2C3D"}},
        "DeliveryQueueUrl": {"Value": {"Ref": "ChannelsDeliveryQueue0A1B2C3D"}},
        "DeadLetterQueueUrl": {"Value": {"Ref": "ChannelsDeadLetterQueue0A1B2C3D"}},
        "RejectedRequestsQueueUrl": {"Value": {"Ref": "ChannelsRejectedRequestsQueue0A1B2C3D"}},
    },
}


class Stack:
    """What stands in the account, and what a test does to it."""

    def __init__(self) -> None:
        self.cloudformation: Any = boto3.client("cloudformation")
        self.dynamodb: Any = boto3.client("dynamodb")
        self.sfn: Any = boto3.client("stepfunctions")
        self.sqs: Any = boto3.client("sqs")
        self.cloudformation.create_stack(StackName="Greenroom", TemplateBody=json.dumps(TEMPLATE))
        found = self.cloudformation.list_stack_resources(StackName="Greenroom")["StackResourceSummaries"]
        self.names = {each["LogicalResourceId"].removesuffix("0A1B2C3D"): each["PhysicalResourceId"] for each in found}

    @property
    def running_stack(self) -> AwsRunningStack:
        return AwsRunningStack(Deployment(Target(region="us-west-2")), sleep=lambda _: None)

    @property
    def doors_are_open(self) -> bool:
        key = {"id": {"S": DOORS_ITEM}}
        return "Item" not in self.dynamodb.get_item(TableName=self.names["StoragePaces"], Key=key)

    def start(self, machine: str, **given: object) -> str:
        started = self.sfn.start_execution(stateMachineArn=self.names[machine], input=json.dumps(given))
        return str(started["executionArn"])

    def is_due(self, table: str, **attributes: str) -> None:
        item = {name: {"S": text} for name, text in attributes.items()}
        self.dynamodb.put_item(TableName=self.names[table], Item=item)

    def send(self, queue: str) -> None:
        self.sqs.send_message(QueueUrl=self.names[queue], MessageBody="{}")


@pytest.fixture
def stack(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        yield Stack()


def test_the_doors_are_closed_and_opened_by_an_item_that_functions_read(stack: Stack) -> None:
    stack.running_stack.close()
    assert not stack.doors_are_open
    stack.running_stack.open()
    assert stack.doors_are_open


def test_executions_that_run_are_found_and_of_those_of_batches_when_they_begin(stack: Stack) -> None:
    stream, batch = stack.start("WorkflowStateMachine"), stack.start("BatchesStateMachine", **SCHEDULED)
    closing = stack.start("BatchesStateMachine", batch="b-1", closing=True)
    assert list(stack.running_stack.executions()) == [Run(stream)]
    found = {run.arn: run for run in stack.running_stack.batches()}
    assert found.keys() == {batch, closing}
    assert str(found[batch].starts_at).startswith("2099-11-24 08:55")
    assert found[closing].closing


def test_what_is_stopped_says_why_and_a_second_stop_has_no_effect(stack: Stack) -> None:
    stream = stack.start("WorkflowStateMachine")
    running_stack = stack.running_stack
    running_stack.stop(Run(stream))
    running_stack.stop(Run(stream))
    running_stack.stop(Run(f"{stream}-unknown"))
    told = stack.sfn.describe_execution(executionArn=stream)
    assert told["status"] == "ABORTED"
    assert list(running_stack.executions()) == []


def test_everything_that_is_due_counts_whatever_is_due_of_it(stack: Stack) -> None:
    for number, why in enumerate(("pending", "unannounced", "releasing")):
        stack.is_due("StorageRecords", id=f"r-{number}", open=why, dueAt="2026-11-24T12:00:00Z")
    stack.is_due("StorageRecords", id="at-rest")
    stack.is_due("StorageBatches", id="b-1", open="open", dueAt="2026-11-24T12:00:00Z")
    assert stack.running_stack.requests() == 4


def test_messages_on_their_way_are_told_from_letters_and_from_other_peoples_queues(stack: Stack) -> None:
    for queue in (*QUEUES, "SomebodyElsesQueue"):
        stack.send(queue)
    assert (stack.running_stack.deliveries(), stack.running_stack.letters()) == (2, 2)


def test_a_stack_that_is_no_greenroom_is_refused(stack: Stack) -> None:
    stack.cloudformation.create_stack(
        StackName="Other", TemplateBody=json.dumps({"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}})
    )
    with pytest.raises(NoStack, match="has 0 resources StoragePaces"):
        AwsRunningStack(Deployment(Target(stack="Other", region="us-west-2"))).close()


def test_a_look_closes_the_doors_stops_scheduled_batches_and_ends_with_124(stack: Stack, terminal: Terminal) -> None:
    stack.start("WorkflowStateMachine")
    batch = stack.start("BatchesStateMachine", **SCHEDULED)

    done = terminal.run("drain", "--timeout", "0", "--json", "--region", "us-west-2")

    assert (done.code, done.json) == (
        124,
        {
            "doors": "closed",
            "drained": False,
            "left": {"executions": 1, "batches": 1, "requests": 0, "deliveries": 0},
            "letters": 0,
        },
    )
    assert not stack.doors_are_open
    assert stack.sfn.describe_execution(executionArn=batch)["status"] == "ABORTED"
    assert "--undo" in done.stderr


def test_undo_opens_the_doors(stack: Stack, terminal: Terminal) -> None:
    stack.running_stack.close()
    done = terminal.run("drain", "--undo", "--json", "--region", "us-west-2")
    assert (done.code, done.json) == (0, {"doors": "open"})
    assert stack.doors_are_open


def test_a_person_is_asked_before_what_runs_is_cancelled_and_a_script_is_not(
    stack: Stack, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = stack.start("WorkflowStateMachine")
    cancel = ("drain", "--cancel", "--timeout", "0", "--region", "us-west-2")
    with monkeypatch.context() as terminal_is_there:
        terminal_is_there.setattr(command, "somebody_is_there", lambda: True)
        assert terminal.run(*cancel).code == 1
    assert stack.doors_are_open
    assert stack.sfn.describe_execution(executionArn=stream)["status"] == "RUNNING"

    assert terminal.run(*cancel).code == 124
    assert stack.sfn.describe_execution(executionArn=stream)["status"] == "ABORTED"


def test_a_stack_that_cannot_be_read_is_no_success_and_the_doors_are_as_they_were(
    stack: Stack, terminal: Terminal
) -> None:
    done = terminal.run("drain", "--stack", "Nowhere", "--json", "--region", "us-west-2")
    assert (done.code, done.json["error"]) == (1, "CommandError")
    assert stack.doors_are_open
    assert "--undo" not in done.stderr
