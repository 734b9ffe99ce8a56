"""The functions that end requests, announce outcomes and release sessions where the flow did not."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from constructs import Construct

from greenroom.flow.reconciliation import JOB
from greenroom.record.items import DUE_INDEX, EVENTS, HOLDER
from greenroom_cdk.delivery.channels import Channels
from greenroom_cdk.delivery.outcomes import REJECTIONS
from greenroom_cdk.flow.stream_filters import RELEASED
from greenroom_cdk.flow.workflow import Workflow
from greenroom_cdk.function_environment import request_environment
from greenroom_cdk.functions import FunctionFactory
from greenroom_cdk.providers import Providers
from greenroom_cdk.settings import Settings
from greenroom_cdk.storage.storage import Storage


class Reconciliation(Construct):
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
        providers: Providers,
    ) -> None:
        super().__init__(scope, construct_id)
        self.reconcile = functions.make(self, "Reconcile")
        self.reconcile.set_environment(**request_environment(settings))
        storage.records.grant_calls(self.reconcile, "GetItem", "PutItem", "UpdateItem")
        storage.schedules.grant_calls(self.reconcile, "GetItem")
        storage.paces.grant_items(self.reconcile, "GetItem", ids=[f"{EVENTS}*"])
        channels.bus.grant(self.reconcile, REJECTIONS)
        channels.rejected_requests_queue.grant_put(self.reconcile)
        workflow.executions.grant_find(self.reconcile)
        workflow.executions.call_at_ends(self, self.reconcile, queue=channels.rejected_requests_queue)

        # Four jobs, of which each has its own time, and may be in its last call then.
        self.sweep = functions.make(self, "Sweep", timeout=Duration.seconds(4 * (JOB.seconds + 25)))
        storage.records.grant_calls(self.sweep, "GetItem", "UpdateItem")
        storage.records.grant_index(self.sweep, DUE_INDEX)
        workflow.executions.grant_stop(self.sweep)
        channels.delivery_queue.grant_put(self.sweep)
        schedule = events.Schedule.rate(Duration.minutes(5))
        events.Rule(self, "Schedule", schedule=schedule, targets=[targets.LambdaFunction(self.sweep)])

        self.release_session = functions.make(self, "ReleaseSession")
        # One a call, and briefly: a release that fails holds up no other. What fails, the sweep asks for again.
        storage.records.add_follower(
            self.release_session, *RELEASED, batch_size=1, parallelization_factor=10, retry_attempts=3
        )
        storage.records.grant_calls(self.release_session, "UpdateItem")
        storage.paces.grant_items(self.release_session, "GetItem", ids=[f"{HOLDER}*"])
        providers.grant(self.release_session, "release")
