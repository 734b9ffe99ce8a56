"""What ends requests that did not end themselves, and lets go what they made."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda_destinations as destinations
from constructs import Construct

from infra.channels import Channels
from infra.storage import DEADLINE_INDEX, Storage
from infra.task_function import FunctionFactory
from infra.workflow import Workflow

_TO_LET_GO = {
    "state": {"S": ["failed", "timed_out", "cancelled"]},
    "sessionStarted": {"BOOL": [True]},
    "stopStartedSession": {"BOOL": [True]},
}
# The request ended without a stream, it had started its session, and it asked for that session to be stopped: either
# it has just ended, or it was told of the start only after its end. Each is one change; a later one is none of ours.
LET_GO = (
    {"OldImage": {"state": {"S": ["pending"]}}, "NewImage": _TO_LET_GO},
    {"OldImage": {"sessionStarted": {"BOOL": [{"exists": False}]}}, "NewImage": _TO_LET_GO},
)


class Reconciliation(Construct):
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        functions: FunctionFactory,
        storage: Storage,
        channels: Channels,
        workflow: Workflow,
        request_defaults: Mapping[str, str],
    ) -> None:
        super().__init__(scope, construct_id)
        requests = {"REQUESTS_TABLE": storage.requests.table_name, **request_defaults}
        self.reconcile = functions.make(self, "Reconcile", environment=requests)
        storage.grant_requests(self.reconcile, "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem")
        self.reconcile.configure_async_invoke(on_failure=destinations.SqsDestination(channels.dead_letter_queue))
        self._when_an_execution_ends(workflow, channels)

        machine = {"STATE_MACHINE_ARN": workflow.state_machine.state_machine_arn}
        self.sweep = functions.make(self, "Sweep", environment=requests | machine)
        storage.grant_requests(self.sweep, "dynamodb:UpdateItem")
        storage.grant_query(self.sweep, DEADLINE_INDEX)
        workflow.grant_stop(self.sweep)
        schedule = events.Schedule.rate(Duration.minutes(5))
        events.Rule(self, "Schedule", schedule=schedule, targets=[targets.LambdaFunction(self.sweep)])

        self.release_session = functions.make(self, "ReleaseSession", environment=workflow.provider)
        workflow.grant_provider(self.release_session, ["nimble:GetStreamingSession", "nimble:StopStreamingSession"])
        storage.follow_changes(self.release_session, *LET_GO, dead_letter_queue=channels.dead_letter_queue)

    def _when_an_execution_ends(self, workflow: Workflow, channels: Channels) -> None:
        pattern = events.EventPattern(
            source=["aws.states"],
            detail_type=["Step Functions Execution Status Change"],
            detail={
                "stateMachineArn": [workflow.state_machine.state_machine_arn],
                "status": ["ABORTED", "FAILED", "TIMED_OUT"],
            },
        )
        target = targets.LambdaFunction(self.reconcile, dead_letter_queue=channels.dead_letter_queue)
        events.Rule(self, "ExecutionEnded", event_pattern=pattern, targets=[target])
