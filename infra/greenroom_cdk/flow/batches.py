"""Batches: many requests at once, ahead of time. A state machine of their own submits them to the flow."""

from __future__ import annotations

from aws_cdk import Aws, Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from constructs import Construct

from greenroom.domain.doors import DOORS_ITEM
from greenroom.record.items import BATCH_INDEX, CONNECTIONS, DUE_INDEX
from greenroom_cdk.asset.paths import STATE_MACHINES
from greenroom_cdk.delivery.channels import Channels
from greenroom_cdk.delivery.outcomes import SUMMARIES
from greenroom_cdk.findings import acknowledge
from greenroom_cdk.flow.executions import Executions
from greenroom_cdk.flow.state_machine import StateMachine
from greenroom_cdk.flow.workflow import Workflow
from greenroom_cdk.function_environment import access_environment, request_environment
from greenroom_cdk.functions import Function, FunctionFactory
from greenroom_cdk.settings import Settings
from greenroom_cdk.storage.storage import Storage

DEFINITION = STATE_MACHINES / "batch.asl.json"
TASKS = ("BeginBatch", "SubmitSlice", "CountBatch", "CancelRequests", "EndBatch")

_SOURCE_REASON = "The deployment names the bucket for this: any of its objects may be a batch"


class Batches(Construct):
    """`state_machine` runs `statemachine/batch.asl.json`; each task has the name of its state."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings,
        functions: FunctionFactory,
        storage: Storage,
        channels: Channels,
        workflow: Workflow,
    ) -> None:
        super().__init__(scope, construct_id)
        self._settings = settings
        self._storage = storage
        self._tasks = {state: functions.make(self, state) for state in TASKS}
        self._grant_tasks(channels, workflow)
        self.state_machine = StateMachine(
            self,
            "StateMachine",
            comment="Greenroom: from a batch of requests to its one summary",
            definition=DEFINITION.read_text(encoding="utf-8"),
            tasks=self._tasks,
            functions=functions,
            # No stack's name has a slash in it, so this is no other stack's log group.
            log_name=f"{settings.stack_name}/batches",
        )
        self.runs = Executions(self.state_machine, variable="batch_machine_arn")
        self.reconcile_batch = self._watcher(functions, "ReconcileBatch")
        self.runs.call_at_ends(self, self.reconcile_batch, queue=channels.rejected_requests_queue)
        self.sweep_batches = self._watcher(functions, "SweepBatches")
        storage.batches.grant_index(self.sweep_batches, DUE_INDEX)
        schedule = events.Schedule.rate(Duration.minutes(5))
        events.Rule(self, "Schedule", schedule=schedule, targets=[targets.LambdaFunction(self.sweep_batches)])

    def grant_api(self, function: Function) -> None:
        """Let the API's function take batches in, show them, and cancel them."""
        tables = self._storage
        tables.batches.grant_calls(function, "BatchGetItem", "BatchWriteItem", "GetItem", "PutItem", "UpdateItem")
        tables.records.grant_calls(function, "BatchGetItem")
        tables.records.grant_index(function, BATCH_INDEX)
        self.runs.grant_start(function)
        self.runs.grant_stop(function)
        function.set_environment(
            batch_buckets=",".join(self._settings.batch_buckets), batch_prefix=self._settings.batch_prefix or ""
        )
        for bucket in self._settings.batch_buckets:
            function.allow(["s3:GetObject"], [f"arn:{Aws.PARTITION}:s3:::{bucket}/*"])
            finding = f"arn:<AWS::Partition>:s3:::{bucket}/*"
            acknowledge(function.own_role, f"AwsSolutions-IAM5[Resource::{finding}]", _SOURCE_REASON)

    def _grant_tasks(self, channels: Channels, workflow: Workflow) -> None:
        batches, records = self._storage.batches, self._storage.records
        batches.grant_calls(self._tasks["BeginBatch"], "GetItem", "UpdateItem")
        self._storage.paces.grant_items(self._tasks["BeginBatch"], "GetItem", ids=[DOORS_ITEM])

        submit = self._tasks["SubmitSlice"]
        submit.set_environment(**request_environment(self._settings), **access_environment(self._settings))
        batches.grant_calls(submit, "GetItem", "UpdateItem")
        records.grant_calls(submit, "GetItem", "PutItem", "UpdateItem")
        self._storage.schedules.grant_calls(submit, "GetItem")
        self._storage.paces.grant_items(submit, "GetItem", ids=[f"{CONNECTIONS}*"])
        workflow.executions.grant_start(submit)
        workflow.executions.grant_find(submit)

        for state in ("CountBatch", "CancelRequests"):
            batches.grant_calls(self._tasks[state], "BatchGetItem", "GetItem")
            records.grant_index(self._tasks[state], BATCH_INDEX)

        cancel = self._tasks["CancelRequests"]
        batches.grant_calls(cancel, "UpdateItem")
        records.grant_calls(cancel, "UpdateItem")
        workflow.executions.grant_stop(cancel)

        end = self._tasks["EndBatch"]
        batches.grant_calls(end, "GetItem", "UpdateItem")
        channels.topic.grant(end)
        channels.bus.grant(end, SUMMARIES)

    def _watcher(self, functions: FunctionFactory, name: str) -> Function:
        """Make a function that takes over batches whose execution died."""
        function = functions.make(self, name)
        self._storage.batches.grant_calls(function, "GetItem", "UpdateItem")
        self.runs.grant_start(function)
        return function
