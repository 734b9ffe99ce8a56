"""The port over AWS itself, with the caller's own credentials: of the stack, only its resources are asked for."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from botocore.exceptions import ClientError

from greenroom.domain.doors import DOORS_ITEM
from greenroom_cli.deployment import Deployment, plain_errors
from greenroom_cli.drain.running_stack import Run
from greenroom_cli.errors import NoStack
from greenroom_cli.follow import Sleep

ERROR, CAUSE = "DeploymentDrained", "The deployment is being drained"
# Step Functions stops 25 executions a second in most regions, of all callers together:
# https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
_SECONDS_A_CALL = 0.05
_DOORS = {"id": {"S": DOORS_ITEM}}
_DUE_INDEX = "due"
_MACHINE, _QUEUE, _TABLE = "AWS::StepFunctions::StateMachine", "AWS::SQS::Queue", "AWS::DynamoDB::Table"
_COUNTS = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
)
# There is nothing to stop any more; or it is not the time for it, and the next look tries again.
_NOT_STOPPED = {"ExecutionDoesNotExist", "ValidationException", "ThrottlingException"}


class AwsRunningStack:
    """One Greenroom in its stack."""

    def __init__(self, deployment: Deployment, *, sleep: Sleep = time.sleep) -> None:
        self._deployment = deployment
        self._sleep = sleep
        self._known: dict[str, Run] = {}

    def close(self) -> None:
        since = {"since": {"S": datetime.now(UTC).isoformat(timespec="seconds")}}
        with plain_errors():
            self._dynamodb.put_item(TableName=self._paces, Item=_DOORS | since)

    def open(self) -> None:
        with plain_errors():
            self._dynamodb.delete_item(TableName=self._paces, Key=_DOORS)

    def executions(self) -> Iterator[Run]:
        yield from self._running(self._deployment.output("StateMachineArn"))

    def batches(self) -> Iterator[Run]:
        for run in self._running(self._one(_MACHINE, "BatchesStateMachine")):
            if run.arn not in self._known:
                self._known[run.arn] = self._described(run)
            yield self._known[run.arn]

    def stop(self, run: Run) -> None:
        try:
            self._sfn.stop_execution(executionArn=run.arn, error=ERROR, cause=CAUSE)
        except ClientError as error:
            if error.response["Error"]["Code"] not in _NOT_STOPPED:
                with plain_errors():
                    raise
        self._sleep(_SECONDS_A_CALL)

    def requests(self) -> int:
        """Count all entries of the sparse indexes that have what is due for requests and batches."""
        return sum(self._due_in(self._one(_TABLE, table)) for table in ("StorageRecords", "StorageBatches"))

    def deliveries(self) -> int:
        return sum(map(self._messages, self._queues - self._letter_queues))

    def letters(self) -> int:
        return sum(map(self._messages, self._letter_queues))

    @cached_property
    def _dynamodb(self) -> Any:
        return self._deployment.client("dynamodb")

    @cached_property
    def _sfn(self) -> Any:
        return self._deployment.client("stepfunctions")

    @cached_property
    def _paces(self) -> str:
        return self._one(_TABLE, "StoragePaces")

    @property
    def _letter_queues(self) -> set[str]:
        return {self._deployment.output(name) for name in ("DeadLetterQueueUrl", "RejectedRequestsQueueUrl")}

    @property
    def _queues(self) -> set[str]:
        """Return the queues of Greenroom's own parts; the stack may have others."""
        names = self._names(_QUEUE, "Channels") + self._names(_QUEUE, "EventRequests")
        return {self._deployment.output("DeliveryQueueUrl"), *names}

    @cached_property
    def _resources(self) -> list[dict[str, Any]]:
        with plain_errors():
            pages = self._deployment.client("cloudformation").get_paginator("list_stack_resources")
            return [
                resource
                for page in pages.paginate(StackName=self._deployment.name)
                for resource in page["StackResourceSummaries"]
            ]

    def _names(self, kind: str, part: str) -> list[str]:
        """Return the physical names of the resources of a type, by a part of their logical ids."""
        return [
            str(resource["PhysicalResourceId"])
            for resource in self._resources
            if resource["ResourceType"] == kind and part in resource["LogicalResourceId"]
        ]

    def _one(self, kind: str, part: str) -> str:
        found = self._names(kind, part)
        if len(found) != 1:
            raise NoStack(
                f"The stack {self._deployment.name} has {len(found)} resources {part}, and one is needed: "
                "deploy it again, or drain a stack with one Greenroom in it"
            )
        return found[0]

    def _running(self, machine: str) -> Iterator[Run]:
        with plain_errors():
            pages = self._sfn.get_paginator("list_executions")
            for page in pages.paginate(stateMachineArn=machine, statusFilter="RUNNING"):
                yield from (Run(execution["executionArn"]) for execution in page["executions"])

    def _described(self, run: Run) -> Run:
        with plain_errors():
            given = json.loads(self._sfn.describe_execution(executionArn=run.arn).get("input") or "{}")
        self._sleep(_SECONDS_A_CALL)
        starts_at = datetime.fromisoformat(given["startAt"]) if "startAt" in given else None
        return replace(run, starts_at=starts_at, closing=bool(given.get("closing")))

    def _due_in(self, table: str) -> int:
        with plain_errors():
            pages = self._dynamodb.get_paginator("scan")
            return sum(page["Count"] for page in pages.paginate(TableName=table, IndexName=_DUE_INDEX, Select="COUNT"))

    def _messages(self, queue: str) -> int:
        with plain_errors():
            found = self._deployment.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=list(_COUNTS))
        return sum(int(found["Attributes"][name]) for name in _COUNTS)
